"""The 34 descriptors of DJ-MC (Liebman, Saar-Tsechansky & Stone 2015, table 1)."""

import numpy as np
import pandas as pd

from segue.features.arrays import FloatArray, Int64Array
from segue.features.errors import UserError

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


def descriptors(tracks: pd.DataFrame, fit_rows: Int64Array | None = None) -> FloatArray:
    """Returns the (n, 34) descriptors in raw units; missing values become the median of their column.

    Args:
        tracks: Rows of a catalogue that has all of `COLUMNS`.
        fit_rows: Rows of which the median is taken; None for all.

    Raises:
        UserError: None of these rows has a value of one of `COLUMNS`.
    """
    raw = tracks[list(COLUMNS)].to_numpy(dtype=np.float64)
    known = np.isfinite(raw)
    if known.all():
        return raw
    fitted = slice(None) if fit_rows is None else fit_rows
    if not known[fitted].any(axis=0).all():
        raise UserError(
            "DJ-MC needs its descriptors of at least one training track; choose another split_seed, or a "
            "catalogue extracted from audio."
        )
    return np.where(known, raw, np.nanmedian(np.where(known, raw, np.nan)[fitted], axis=0))
