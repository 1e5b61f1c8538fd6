"""A limiter that looks ahead, so that true peaks stay below a ceiling without distortion."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from segue.experiments.playlists.mixing.plan import RATE
from segue.features.arrays import Float32Array, FloatArray
from segue.features.audio.kernels.loudness import oversampling_filter, true_peaks

_HOP = RATE // 500
"""Samples that share a gain before smoothing: 2 ms."""

_REACH = 25
"""Hops before and after a peak over which the gain goes down and up again: 50 ms."""

_CONTEXT = 2 * _REACH + 2
"""Hops on both sides on which the gain of a hop depends."""


class Limiter:
    """Turns a stream down around its peaks; what comes out has the length of what goes in.

    The true peak of each hop of 2 ms, measured as in BS.1770-4, states the gain it needs. The gain of a hop
    is the mean, over 50 ms on both sides, of the lowest needed within as much again, which is never more than
    the hop itself needs.

    Args:
        ceiling: Highest true peak in dBTP.
    """

    def __init__(self, ceiling: float) -> None:
        self._ceiling = 10 ** (ceiling / 20)
        self._phases = oversampling_filter()
        self._tail = np.zeros((self._phases.shape[1] - 1, 2), dtype=np.float32)
        self._rest = np.zeros((0, 2), dtype=np.float32)
        self._held = np.zeros((0, 2), dtype=np.float32)
        # The gains needed by the hops before those that are held, and by these.
        self._needed = np.ones(_CONTEXT)

    def feed(self, block: Float32Array) -> Float32Array:
        """Takes samples (n, 2) and returns those that are finished."""
        samples = np.concatenate([self._rest, block])
        hops = len(samples) // _HOP
        self._rest = samples[hops * _HOP :]
        self._measure(samples[: hops * _HOP])
        return self._release(max(len(self._held) // _HOP - _CONTEXT, 0))

    def finish(self) -> Float32Array:
        """Returns the samples that are left."""
        left = len(self._rest)
        padded = np.pad(self._rest, ((0, -left % _HOP + _CONTEXT * _HOP), (0, 0)))
        length = len(self._held) + left
        self._measure(padded)
        return self._release(len(self._held) // _HOP - _CONTEXT)[:length]

    def _measure(self, samples: Float32Array) -> None:
        """Appends whole hops and the gains that they need."""
        if not len(samples):
            return
        ends = np.arange(_HOP, len(samples) + 1, _HOP)
        padded = np.concatenate([self._tail, samples])
        table = np.empty((len(ends), 3))
        true_peaks(padded, ends, self._phases, table)
        self._tail = padded[len(padded) - len(self._tail) :]
        needed = np.minimum(1.0, self._ceiling / np.maximum(table[:, 2], 1e-9))
        self._needed = np.concatenate([self._needed, needed])
        self._held = np.concatenate([self._held, samples])

    def _release(self, hops: int) -> Float32Array:
        """Returns the first held hops, turned down, and forgets them."""
        samples = self._held[: hops * _HOP]
        if hops and self._needed.min() < 1:
            samples = samples * _ramp(_smooth(self._needed)[_CONTEXT - 1 : _CONTEXT + hops + 1])
        self._held = self._held[hops * _HOP :]
        self._needed = self._needed[hops:]
        return samples


def _smooth(needed: FloatArray) -> FloatArray:
    """Returns the gain of each hop (h,) from the gains that they need (h,)."""
    # One hop more, as an interpolated peak lies up to six samples before the hop in which it is found.
    lowest = minimum_filter1d(needed, 2 * (_REACH + 1) + 1, mode="nearest")
    return uniform_filter1d(lowest, 2 * _REACH + 1, mode="nearest")


def _ramp(gains: FloatArray) -> Float32Array:
    """Interpolates gains (h + 2,) of hops, one more on both sides, to (h * _HOP, 1) for their samples."""
    borders = np.minimum(gains[:-1], gains[1:])
    shares = np.arange(_HOP) / _HOP
    between = borders[:-1, None] + (borders[1:] - borders[:-1])[:, None] * shares
    return between.reshape(-1, 1).astype(np.float32)
