"""A cue sheet: where in a mix each track begins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from segue.experiments.playlists.formats.facts import one_line
from segue.experiments.playlists.mixing.plan import RATE

_FRAMES = 75
"""Frames per second in a cue sheet."""
_MOST_TRACKS = 99
"""A cue sheet has no number for more."""


def cue_sheet(mix: Path, title: str, entries: Sequence[tuple[int, str, str]]) -> str:
    """Returns the text of a cue sheet; of more than 99 tracks it lists the first ones, and says so.

    Args:
        mix: The sound file, in the same folder.
        title: Title of the whole.
        entries: First sample, artist and title of each track.
    """
    kind = "MP3" if mix.suffix.lower() == ".mp3" else "WAVE"
    lines = ["REM COMMENT segue"]
    if len(entries) > _MOST_TRACKS:
        lines.append(f'REM COMMENT "tracks {_MOST_TRACKS + 1} to {len(entries)} are not listed"')
    lines += [f"TITLE {_quoted(one_line(title))}", f"FILE {_quoted(mix.name)} {kind}"]
    for number, (sample, artist, name) in enumerate(entries[:_MOST_TRACKS], 1):
        lines += [
            f"  TRACK {number:02d} AUDIO",
            f"    TITLE {_quoted(name)}",
            *([f"    PERFORMER {_quoted(artist)}"] if artist else []),
            f"    INDEX 01 {_index(sample)}",
        ]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    """Returns a text in quotes; a cue sheet has no way to write a quote within them."""
    return '"' + text.replace('"', "'") + '"'


def _index(sample: int) -> str:
    """Returns a time in minutes, seconds and frames."""
    frames = sample * _FRAMES // RATE
    return f"{frames // _FRAMES // 60:02d}:{frames // _FRAMES % 60:02d}:{frames % _FRAMES:02d}"
