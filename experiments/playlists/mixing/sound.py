"""The sound of a mix, block by block: only the two tracks that meet are open at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np

from segue.experiments.playlists.mixing.plan import RATE, MixPlan
from segue.experiments.playlists.mixing.reader import TrackReader
from segue.experiments.playlists.mixing.stretching import check_stretching, needs_stretching, stretched
from segue.features.arrays import Float32Array

_BLOCK = 10 * RATE

PREVIEW = 20.0
"""Length of the preview of a transition in s."""

_ALONE = 2.0
"""Seconds of a preview, at least, in which each track is heard alone."""

_EDGE = 0.2
"""Seconds over which a preview rises and falls."""


def check_sound(plan: MixPlan) -> None:
    """Raises a UserError if something that the mix needs is not installed."""
    fades = [fade for fade in plan.fades if fade.matched]
    if any(needs_stretching(times, fade.heard) for fade in fades for times in (fade.leaving, fade.entering)):
        check_stretching()


def mix_blocks(plan: MixPlan) -> Iterator[Float32Array]:
    """Yields the mix in blocks (n, 2) of at most 10 s, before the limiter."""
    with ExitStack() as readers:
        reader = readers.enter_context(_reader(plan, 0))
        for at in range(len(plan.tracks)):
            first, stop = plan.body(at)
            for begin in range(first, stop, _BLOCK):
                yield reader.read(begin, min(begin + _BLOCK, stop))
            if at < len(plan.fades):
                following = _reader(plan, at + 1)
                yield _fade(plan, at, reader, following)
                readers.close()
                reader = readers.enter_context(following)


def preview_blocks(plan: MixPlan) -> Iterator[Float32Array]:
    """Yields each transition with what is before and after it, 20 s (n, 2), before the limiter."""
    with ExitStack() as readers:
        reader = readers.enter_context(_reader(plan, 0)) if plan.fades else None
        for at, fade in enumerate(plan.fades):
            following = _reader(plan, at + 1)
            alone = round(max((PREVIEW - fade.seconds) / 2, _ALONE) * RATE)
            first, stop = plan.body(at)
            before = reader.read(max(stop - alone, first), stop) if reader else np.zeros((0, 2), np.float32)
            middle = _fade(plan, at, reader, following) if reader else before
            first, stop = plan.body(at + 1)
            after = following.read(first, min(first + alone, stop))
            yield _with_soft_ends(np.concatenate([before, middle, after]))
            readers.close()
            reader = readers.enter_context(following)


def _reader(plan: MixPlan, at: int) -> TrackReader:
    """Opens a track."""
    return TrackReader(plan.tracks[at].path, plan.gains[at])


def _fade(plan: MixPlan, at: int, leaving: TrackReader, entering: TrackReader) -> Float32Array:
    """Returns the overlap of a track and the next, with equal power throughout."""
    length = plan.fade_samples(at)
    if not length:
        return np.zeros((0, 2), dtype=np.float32)
    fade = plan.fades[at]
    angle = (np.pi / 2 * (np.arange(length) + 0.5) / length)[:, None]
    down, up = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
    old = stretched(leaving.read, fade.leaving, fade.heard)
    return old * down + stretched(entering.read, fade.entering, fade.heard) * up


def _with_soft_ends(sound: Float32Array) -> Float32Array:
    """Returns a sound that rises at its start and falls at its end."""
    edge = min(round(_EDGE * RATE), len(sound) // 2)
    ramp = np.linspace(0, 1, edge, dtype=np.float32)[:, None]
    sound[:edge] *= ramp
    sound[len(sound) - edge :] *= ramp[::-1]
    return sound
