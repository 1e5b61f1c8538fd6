"""Percentiles of a table of descriptors, and the bins of DJ-MC."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segue.features.arrays import FloatArray, IntArray


def percentiles(values: NDArray[np.floating], corpus: NDArray[np.floating] | None = None) -> FloatArray:
    """Ranks every column of a table.

    Args:
        values: Raw values (n, D); NaN where missing.
        corpus: Values (m, D) to rank them among; None for `values` themselves.

    Returns:
        Mid-rank percentiles in [0, 1], float64 (n, D), 0 and 1 only outside the corpus; equal values share
        one, missing values get 0.5.
    """
    corpus = values if corpus is None else corpus
    ranked = np.full(values.shape, 0.5)
    for column in range(values.shape[1]):
        finite = np.isfinite(values[:, column])
        ordered = np.sort(corpus[np.isfinite(corpus[:, column]), column])
        below = np.searchsorted(ordered, values[finite, column], side="left")
        upto = np.searchsorted(ordered, values[finite, column], side="right")
        ranked[finite, column] = (below + upto) / (2.0 * max(len(ordered), 1))
    return ranked


def percentile_bins(
    values: NDArray[np.floating], bins: int, corpus: NDArray[np.floating] | None = None
) -> IntArray:
    """Puts every value into one of the bins of its column that a corpus fills equally.

    Args:
        values: Raw values (n, D).
        bins: Number of bins.
        corpus: As in `percentiles`.

    Returns:
        Bins 0 to bins − 1, (n, D).
    """
    return np.minimum((percentiles(values, corpus) * bins).astype(np.intp), bins - 1)
