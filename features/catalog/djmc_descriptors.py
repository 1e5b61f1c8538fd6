"""The 34 descriptors of DJ-MC (Liebman, Saar-Tsechansky & Stone 2015, table 1)."""

import numpy as np
import pandas as pd

from segue.features.arrays import FloatArray

COLUMNS: tuple[str, ...] = (
    "tempo_p10",
    "tempo_p90",
    "tempo",
    "tempo_variance",
    "loudness_p10",
    "loudness_p90",
    "loudness",
    "loudness_variance",
    *(f"chroma_{k}" for k in range(12)),  # "pitch dominance"
    "chroma_variance",
    *(f"mfcc_{k}" for k in range(1, 13)),  # for the twelve "timbre weights" of the Echo Nest
    "mfcc_variance",
)
"""The schema column of each descriptor, in the order of the paper."""


def descriptors(tracks: pd.DataFrame) -> FloatArray:
    """Returns the (n, 34) descriptors in raw units; missing values become the median of their column.

    Args:
        tracks: Rows of a catalogue that has all of `COLUMNS`.
    """
    raw = tracks[list(COLUMNS)].to_numpy(dtype=np.float64)
    return np.where(np.isfinite(raw), raw, np.nanmedian(raw, axis=0))
