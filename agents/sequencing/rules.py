"""Rules between neighbours: how far tempo and key may go from one track to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from segue.features.arrays import BoolArray, FloatArray


def tempo_change(a: ArrayLike, b: ArrayLike, octaves: bool) -> FloatArray:
    """Returns the change of tempo from a to b in %, NaN where one of them is unknown.

    Args:
        a: Tempi in BPM.
        b: Tempi in BPM, broadcastable against a.
        octaves: Whether b may be taken at half or double time where that is closer.
    """
    before, after = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    known = (before > 0) & (after > 0)
    ratio = np.where(known, after, np.nan) / np.where(known, before, np.nan)
    if octaves:
        # Of b, 2 b and b / 2 the one with the smallest change; they are tried in this order.
        tried = np.stack([ratio, 2.0 * ratio, 0.5 * ratio])
        closest = np.abs(np.nan_to_num(tried) - 1.0).argmin(axis=0)
        ratio = np.take_along_axis(tried, closest[None], axis=0)[0]
    return 100.0 * (ratio - 1.0)
