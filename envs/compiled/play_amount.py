"""The amount of a play: what it adds to the stocks and memories of a listener's terms."""

import numpy as np
from numba import njit

PLAY_AMOUNTS = ("fraction", "any", "completed")
"""The rules by name: the fraction heard; 1 for any play; 1 for a track heard to its end, else 0."""
FRACTION, ANY, COMPLETED = range(3)


@njit(error_model="numpy")
def play_amount(heard, listened, rule):
    """Computes the amount of one play by a rule, an index into `PLAY_AMOUNTS`; 0 for a repeat."""
    if not heard:
        return 0.0
    if rule == ANY:
        return 1.0
    if rule == COMPLETED:
        return 1.0 if listened >= 1.0 else 0.0
    return listened


@njit(error_model="numpy", cache=True)
def play_amounts(heard, listened, rule):
    """Computes `play_amount` for arrays (B,)."""
    out = np.empty(listened.size)
    for b in range(listened.size):
        out[b] = play_amount(heard[b], listened[b], rule)
    return out
