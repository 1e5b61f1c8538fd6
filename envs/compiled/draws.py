"""Sets of distinct numbers, drawn in a time that does not depend on how many there are to draw from."""

import numpy as np
from numba import njit


@njit(error_model="numpy")
def distinct(uniforms, total, count):
    """Draws uniform sets of ``count`` distinct numbers below ``total`` by Floyd's algorithm.

    The sets are uniform, the order within a set is not.

    Args:
        uniforms: Uniform draws, (R, at least count).
        total: Numbers to draw from, at least count.
        count: Size of a set.

    Returns:
        Sets, int64 (R, count).
    """
    chosen = np.empty((uniforms.shape[0], count), np.int64)
    for row in range(uniforms.shape[0]):
        for k in range(count):
            last = total - count + k
            pick = int(uniforms[row, k] * (last + 1))
            for earlier in range(k):
                if chosen[row, earlier] == pick:
                    pick = last
                    break
            chosen[row, k] = pick
    return chosen
