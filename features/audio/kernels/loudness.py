"""Compiled loops of the loudness meter."""

from functools import cache

import numpy as np
from numba import njit
from scipy.signal import firwin

from segue.features.arrays import Float32Array, FloatArray, Int64Array

TAPS = 12
OVERSAMPLING = 4


@cache
def oversampling_filter() -> Float32Array:
    """Returns the (3, TAPS) filters between samples of a fourfold interpolator (BS.1770-4, annex 2)."""
    prototype = firwin(TAPS * OVERSAMPLING + 1, 1 / OVERSAMPLING, window=("kaiser", 5.0)) * OVERSAMPLING
    phases = [prototype[p : p + TAPS * OVERSAMPLING : OVERSAMPLING] for p in range(1, OVERSAMPLING)]
    return np.array(phases, dtype=np.float32)


@njit(cache=True, nogil=True)
def k_weighted_sums(
    samples: Float32Array,
    ends: Int64Array,
    coefficients: FloatArray,
    state: FloatArray,
    weights: FloatArray,
    out: FloatArray,
) -> None:
    """Writes the weighted and unweighted mean squares of each hop to `out[:, 0]` and `out[:, 1]`.

    Args:
        samples: (n, C) samples.
        ends: (H,) first sample after each hop.
        coefficients: (2, 5) b0, b1, b2, a1, a2 of two biquads in series.
        state: (C, 4) filter state, carried from block to block.
        weights: (C,) channel weights.
        out: (H, 3) output.
    """
    channels = samples.shape[1]
    b0, b1, b2, a1, a2 = coefficients[0]
    d1, d2 = coefficients[1, 3], coefficients[1, 4]
    for h in range(len(ends)):
        out[h, 0] = 0.0
        out[h, 1] = 0.0
    for c in range(channels):
        s1, s2, t1, t2 = state[c, 0], state[c, 1], state[c, 2], state[c, 3]
        start = 0
        for h in range(len(ends)):
            weighted = 0.0
            unweighted = 0.0
            for n in range(start, ends[h]):
                x = float(samples[n, c])
                y = b0 * x + s1
                s1 = b1 * x - a1 * y + s2
                s2 = b2 * x - a2 * y
                z = y + t1
                t1 = -2.0 * y - d1 * z + t2
                t2 = y - d2 * z
                weighted += z * z
                unweighted += x * x
            count = max(1, ends[h] - start)
            out[h, 0] += weights[c] * weighted / count
            out[h, 1] += unweighted / count / channels
            start = ends[h]
        # Decaying states become subnormal numbers, which are slow.
        state[c, 0] = s1 if abs(s1) > 1e-30 else 0.0
        state[c, 1] = s2 if abs(s2) > 1e-30 else 0.0
        state[c, 2] = t1 if abs(t1) > 1e-30 else 0.0
        state[c, 3] = t2 if abs(t2) > 1e-30 else 0.0


@njit(cache=True, nogil=True)
def true_peaks(
    padded: Float32Array,
    ends: Int64Array,
    phases: Float32Array,
    out: FloatArray,
) -> None:
    """Writes the highest true peak of each hop to `out[:, 2]`.

    Interpolates only around samples within 3 dB of the hop's highest, since a true peak is not among
    much lower samples.

    Args:
        padded: (TAPS - 1 + n, C) the last samples of the previous block, then the block.
        ends: (H,) first sample of the block after each hop.
        phases: (3, TAPS) interpolation filters.
        out: (H, 3) output.
    """
    taps = phases.shape[1]
    lead = taps - 1
    start = 0
    for h in range(len(ends)):
        peak = np.float32(0.0)
        for n in range(start + lead, ends[h] + lead):
            for c in range(padded.shape[1]):
                peak = max(peak, abs(padded[n, c]))
        near = np.float32(0.7) * peak
        best = peak
        if peak > np.float32(1e-5):
            for n in range(start + lead, ends[h] + lead):
                for c in range(padded.shape[1]):
                    middle = padded[n - taps // 2, c]
                    if abs(middle) >= near:
                        for p in range(phases.shape[0]):
                            value = np.float32(0.0)
                            for k in range(taps):
                                value += phases[p, k] * padded[n - k, c]
                            best = max(best, abs(value))
        out[h, 2] = best
        start = ends[h]
