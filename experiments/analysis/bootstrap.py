"""Bootstrap intervals for listeners that were drawn independently, such as those of a calibration.

The intervals of studies, whose sessions belong to runs, are in `analysis.statistics`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.stats import bootstrap

from segue.experiments.analysis.statistics.interval import Interval
from segue.features.arrays import FloatArray, IntArray


def resampled_interval(
    statistic: Callable[..., Any], sizes: Sequence[int], *, resamples: int = 2000, confidence: float = 0.95
) -> Interval:
    """Computes the percentile bootstrap interval of a statistic of several groups, resampled independently.

    Args:
        statistic: Takes one integer array (..., size) of chosen positions per group, with the same leading
            axes, and returns the statistic with those leading axes.
        sizes: Number of members of each group. A group of one is not resampled.
        resamples: Number of resamples, drawn with a fixed seed: the same data give the same interval.
        confidence: Share of the resampled statistics inside the interval.

    Returns:
        The statistic of the original groups, with its interval.
    """
    estimate = float(statistic(*(np.arange(size) for size in sizes)))
    varying = [place for place, size in enumerate(sizes) if size > 1]
    if not varying:
        return Interval(estimate, np.nan, np.nan)

    def of_varying(*chosen: IntArray, axis: int = -1) -> Any:
        leading = chosen[0].shape[:-1]
        groups = [np.zeros((*leading, 1), dtype=np.intp)] * len(sizes)
        for place, positions in zip(varying, chosen, strict=True):
            groups[place] = positions
        return statistic(*groups)

    result = bootstrap(
        tuple(np.arange(sizes[place]) for place in varying),
        of_varying,
        vectorized=True,
        paired=False,
        method="percentile",
        n_resamples=resamples,
        batch=250,
        confidence_level=confidence,
        rng=np.random.default_rng(0),
    )
    return Interval(estimate, float(result.confidence_interval.low), float(result.confidence_interval.high))


def mean_interval(values: FloatArray, *, resamples: int = 2000, confidence: float = 0.95) -> Interval:
    """Computes the mean over listeners with its interval.

    Args:
        values: One value per listener, (n,).
        resamples: Number of bootstrap resamples.
        confidence: Share of the resampled means inside the interval.
    """
    return resampled_interval(
        lambda chosen: values[chosen].mean(axis=-1), [len(values)], resamples=resamples, confidence=confidence
    )
