"""Sets of distinct numbers, drawn in time independent of the size of the population."""

import numpy as np
from numba import njit


@njit(error_model="numpy", cache=True)
def distinct(uniforms, total, count):
    """Draws uniform sets of `count` distinct numbers below `total` by Floyd's algorithm.

    The sets are uniform; the order within a set is not.

    Args:
        uniforms: Uniform draws, (R, at least count).
        total: Numbers to draw from, at least count.
        count: Size of a set.

    Returns:
        Sets, int64 (R, count).
    """
    chosen = np.empty((uniforms.shape[0], count), np.int64)
    places = 64
    while places < 4 * count:
        places *= 2
    # A hash table of the numbers taken; a stamp marks the row that an entry belongs to.
    taken = np.empty(places, np.int64)
    stamp = np.full(places, -1, np.int64)
    for row in range(uniforms.shape[0]):
        for k in range(count):
            last = total - count + k
            pick = int(uniforms[row, k] * (last + 1))
            place = pick & (places - 1)
            while stamp[place] == row and taken[place] != pick:
                place = (place + 1) & (places - 1)
            if stamp[place] == row:
                # Floyd: a number already taken is replaced by `last`, which cannot have been drawn before.
                pick = last
                place = pick & (places - 1)
                while stamp[place] == row:
                    place = (place + 1) & (places - 1)
            stamp[place] = row
            taken[place] = pick
            chosen[row, k] = pick
    return chosen


@njit(error_model="numpy", cache=True)
def pools_and_starts(sets, uniforms, tracks):
    """Removes one start from every set and looks up the tracks.

    Args:
        sets: Indices into `tracks`, (R, K + 1).
        uniforms: One draw per set, (R,).
        tracks: Catalogue indices, (n,).

    Returns:
        Pools (R, K) and starts (R,), catalogue indices.
    """
    rows, count = sets.shape
    pools, starts = np.empty((rows, count - 1), np.int64), np.empty(rows, np.int64)
    for row in range(rows):
        at = int(uniforms[row] * count)
        starts[row] = tracks[sets[row, at]]
        for k in range(count - 1):
            pools[row, k] = tracks[sets[row, count - 1 if k == at else k]]
    return pools, starts
