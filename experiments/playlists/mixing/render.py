"""Renders a playlist to a sound file, or its transitions only."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from segue.experiments.playlists.mixing.cue_sheet import cue_sheet
from segue.experiments.playlists.mixing.encoder import PREVIEW_ENCODING, Encoder, encoding_of
from segue.experiments.playlists.mixing.limiter import Limiter
from segue.experiments.playlists.mixing.plan import RATE, MixPlan, plan_mix
from segue.experiments.playlists.mixing.sound import PREVIEW, check_sound, mix_blocks, preview_blocks
from segue.experiments.playlists.playlist import Playlist
from segue.features.arrays import Float32Array
from segue.features.errors import UserError
from segue.features.existing_files import make_folder, readable


def render_mix(playlist: Playlist, path: str | Path, *, preview: bool = False, progress: bool = True) -> Path:
    """Renders a playlist, with a cue sheet beside it.

    Every track gets the same loudness by its EBU R128 loudness in the catalogue: -16 LUFS, or less if the
    limiter would otherwise have to take more than 2 dB from a peak, down to -23 LUFS. Silence at the ends of
    tracks is left out. A limiter keeps true peaks below -1 dBTP.

    Args:
        playlist: The playlist; with the column `beats` (see `with_beats`) fades are on the beat.
        path: The file to write: .flac, .wav, .ogg or .opus (both Ogg Opus), or .mp3; the cue sheet
            ends in .cue.
        preview: Whether to render only the transitions, 20 s each, one after the other.
        progress: Whether to show a progress bar on stderr.

    Returns:
        `path`.

    Raises:
        UserError: A file is missing or has no sound, one to be written exists, or a package is not installed.
    """
    target = Path(path)
    encoding, sheet = encoding_of(target), target.with_suffix(".cue")
    for file in (target, sheet):
        if file.exists():
            raise UserError(f"{readable(file)} already exists; choose another output file.")
    plan = plan_mix(playlist)
    if preview and not plan.fades:
        raise UserError("One track alone has no transition to render; leave --preview out.")
    check_sound(plan)
    make_folder(target.parent)
    partial = target.with_name(f".{target.stem}.part{target.suffix}")
    starts = []
    try:
        with Encoder(partial, encoding, {"title": playlist.title}) as encoder:
            limiter = Limiter(encoding.ceiling)
            blocks = preview_blocks(plan) if preview else mix_blocks(plan)
            done = 0
            for block in _with_bar(blocks, _seconds(plan, preview), progress):
                starts.append(done)
                done += len(block)
                encoder.write(limiter.feed(block))
            encoder.write(limiter.finish())
        sheet.write_text(
            cue_sheet(target, playlist.title, _entries(plan, starts if preview else None)), encoding="utf-8"
        )
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def encoded_previews(playlist: Playlist, progress: bool = True) -> Iterator[bytes]:
    """Yields each transition of a playlist, 20 s, as an MP3 file; see `render_mix`."""
    plan = plan_mix(playlist)
    check_sound(plan)
    encoding = PREVIEW_ENCODING
    for sound in _with_bar(preview_blocks(plan), _seconds(plan, preview=True), progress):
        buffer, limiter = io.BytesIO(), Limiter(encoding.ceiling)
        with Encoder(buffer, encoding, {}) as encoder:
            encoder.write(limiter.feed(sound))
            encoder.write(limiter.finish())
        yield buffer.getvalue()


def _seconds(plan: MixPlan, preview: bool) -> float:
    """Returns about how long the result is, in s."""
    return len(plan.fades) * PREVIEW if preview else plan.samples / RATE


def _with_bar(blocks: Iterator[Float32Array], seconds: float, progress: bool) -> Iterator[Float32Array]:
    """Passes blocks on and shows how much of the sound is finished."""
    form = "{l_bar}{bar}| {n:.0f}/{total:.0f} s of sound [{elapsed}<{remaining}]"
    with tqdm(total=seconds, bar_format=form, file=sys.stderr, disable=not progress) as bar:
        for block in blocks:
            yield block
            bar.update(min(len(block) / RATE, seconds - bar.n))


def _entries(plan: MixPlan, starts: list[int] | None) -> list[tuple[int, str, str]]:
    """Returns the entries of the cue sheet: the tracks, or the transitions if their starts are given."""
    if starts is None:
        tracks = zip(plan.starts, plan.tracks, strict=True)
        return [(start, track.text("artist"), track.title) for start, track in tracks]
    pairs = zip(plan.tracks[:-1], plan.tracks[1:], strict=True)
    return [(start, "", f"{a.title} → {b.title}") for start, (a, b) in zip(starts, pairs, strict=True)]
