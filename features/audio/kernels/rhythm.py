"""Compiled dynamic programming of the beat tracker."""

import numpy as np
from numba import njit

from segue.features.arrays import FloatArray, Int64Array


@njit(cache=True, nogil=True)
def best_predecessors(envelope: FloatArray, period: float, tightness: float) -> tuple[FloatArray, Int64Array]:
    """Scores every frame as the last beat of a chain (Ellis 2007, eq. 4).

    Args:
        envelope: (T,) onset strength.
        period: Frames between beats.
        tightness: Weight of the squared log deviation from the period.

    Returns:
        (T,) best score of a chain of beats that ends at each frame, and (T,) frame of the previous beat, −1
        at the first.
    """
    frames = len(envelope)
    near, far = max(1, int(np.rint(period / 2))), int(np.rint(2 * period))
    penalty = np.zeros(far + 1)
    for lag in range(near, far + 1):
        penalty[lag] = tightness * np.log(lag / period) ** 2
    score = np.zeros(frames)
    before = np.full(frames, -1, dtype=np.int64)
    for t in range(frames):
        best = 0.0
        for lag in range(near, min(far, t) + 1):
            value = score[t - lag] - penalty[lag]
            if value > best:
                best = value
                before[t] = t - lag
        score[t] = envelope[t] + best
    return score, before
