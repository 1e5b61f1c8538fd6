"""Random samples without replacement, drawn in time independent of the size of the population."""

import numpy as np
from numba import njit


@njit(error_model="numpy")
def table_size(count):
    """Returns the size of the hash table for samples of `count`: a power of two, at most half full."""
    places = 64
    while places < 2 * count:
        places *= 2
    return places


@njit(error_model="numpy")
def sample_into(uniforms, total, out, moved, value):
    """Draws an ordered sample of distinct numbers below `total`, the first steps of a Fisher-Yates shuffle.

    Only the numbers that the shuffle has moved are stored, in a hash table. A shorter sample from the same
    uniform numbers is the beginning of a longer one.

    Args:
        uniforms: Uniform draws, (at least m,).
        total: Numbers to draw from, at least m.
        out: Receives the sample, int (m,).
        moved: Work space, int64 of `table_size(m)`: the places that the shuffle has moved something to.
        value: Work space of the same size: what stands there.
    """
    mask = moved.size - 1
    for place in range(moved.size):
        moved[place] = -1
    for k in range(out.size):
        pick = k + int(uniforms[k] * (total - k))
        place = pick & mask
        while moved[place] >= 0 and moved[place] != pick:
            place = (place + 1) & mask
        out[k] = value[place] if moved[place] == pick else pick
        # What stood at k moves to the picked place. Place k itself is never picked again.
        at = k & mask
        while moved[at] >= 0 and moved[at] != k:
            at = (at + 1) & mask
        moved[place], value[place] = pick, value[at] if moved[at] == k else k


@njit(error_model="numpy", cache=True)
def samples(uniforms, total, count):
    """Draws ordered samples of `count` distinct numbers below `total`.

    Args:
        uniforms: Uniform draws, (R, at least count).
        total: Numbers to draw from, at least `count`.
        count: Size of a sample.

    Returns:
        Samples in random order, int64 (R, count).
    """
    chosen = np.empty((uniforms.shape[0], count), np.int64)
    size = table_size(count)
    moved, value = np.empty(size, np.int64), np.empty(size, np.int64)
    for row in range(uniforms.shape[0]):
        sample_into(uniforms[row], total, chosen[row], moved, value)
    return chosen
