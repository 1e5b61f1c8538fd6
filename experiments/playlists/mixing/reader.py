"""Reads the sound of a track from front to back, in stereo at the rate of the mix."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Self

import numpy as np

from segue.experiments.playlists.mixing.plan import RATE
from segue.features.arrays import Float32Array
from segue.features.audio.decode import AudioFile
from segue.features.audio.decoders import AudioError
from segue.features.errors import UserError

_KEPT = RATE
"""Samples before the last ones asked for that can be asked for again."""

_SILENT = np.zeros((0, 2), dtype=np.float32)


class TrackReader:
    """A file that is decoded as far as it is asked for; after its end there is silence.

    Args:
        path: The file.
        gain: Gain in dB.

    Raises:
        UserError: The file has no usable audio.
    """

    def __init__(self, path: str, gain: float) -> None:
        try:
            self._file = AudioFile(Path(path))
        except AudioError as error:
            raise UserError(f"{path!r} {error}; leave this track out.") from error
        self._factor = np.float32(10 ** (gain / 20))
        self._blocks = self._file.blocks()
        self._resampler = _resampler(self._file.rate)
        self._held = _SILENT
        self._begin = 0
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, start: int, stop: int) -> Float32Array:
        """Returns the samples from `start` to before `stop`, (stop - start, 2), counted at the mix's rate.

        A later call may start at most a second before this one.
        """
        parts = [self._held]
        end = self._begin + len(self._held)
        while end < stop and not self._ended:
            part = self._next()
            parts.append(part)
            end += len(part)
            if end < start - _KEPT:  # far ahead: nothing of this is needed
                parts = []
                self._begin = end
        held = np.concatenate(parts) if parts else _SILENT
        kept = min(max(start - _KEPT - self._begin, 0), len(held))
        self._held, self._begin = held[kept:], self._begin + kept
        found = self._held[max(start - self._begin, 0) : max(stop - self._begin, 0)]
        before = min(max(self._begin - start, 0), stop - start)
        after = stop - start - before - len(found)
        return np.pad(found, ((before, after), (0, 0)))

    def _next(self) -> Float32Array:
        """Decodes and resamples the next block."""
        block = next(self._blocks, None)
        self._ended = block is None
        stereo = _SILENT if block is None else _stereo(block) * self._factor
        if self._resampler is None:
            return stereo
        return self._resampler.resample_chunk(np.ascontiguousarray(stereo), last=self._ended)


def _resampler(rate: int) -> Any:
    """Returns a resampler to the rate of the mix; None if the rates agree."""
    if rate == RATE:
        return None
    import soxr

    return soxr.ResampleStream(rate, RATE, 2, dtype="float32")


def _stereo(block: Float32Array) -> Float32Array:
    """Returns a block (n, C) in two channels, at the loudness of BS.1770.

    A mono signal in two channels would be 3 dB louder. More channels are mixed down as in ITU-R BS.775: the
    centre and the surround channels at -3 dB, without the low-frequency channel.
    """
    channels = block.shape[1]
    half = np.float32(math.sqrt(0.5))
    if channels == 1:
        return np.repeat(block * half, 2, axis=1)
    if channels == 2:
        return block
    front = block[:, :2].copy()
    if channels in (3, 5) or channels >= 6:
        front += half * block[:, 2:3]
    if channels >= 4:
        front += half * block[:, -2:]
    return front
