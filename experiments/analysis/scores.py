"""Point estimates that summarise runs: normalised score, interquartile mean, and how two agents compare.

The interquartile mean, the probability of improvement and the performance profile follow Agarwal et al. 2021,
"Deep reinforcement learning at the edge of the statistical precipice" (NeurIPS).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import mannwhitneyu, trim_mean

from segue.features.arrays import FloatArray


def normalised_score(score: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> FloatArray:
    """Places scores on the scale where `lower` is 0 and `upper` is 1.

    Args:
        score: Mean returns, any shape.
        lower: Return of the agent that stands for 0, broadcastable.
        upper: Return of the agent that stands for 1, broadcastable.

    Returns:
        `(score - lower) / (upper - lower)`, also below 0 or above 1; NaN where the anchors are equal.
    """
    low = np.asarray(lower, dtype=np.float64)
    span = np.asarray(upper, dtype=np.float64) - low
    above = np.asarray(score, dtype=np.float64) - low
    result = np.full(np.broadcast_shapes(above.shape, span.shape), np.nan)
    np.divide(above, span, out=result, where=span != 0)
    return result


def interquartile_mean(values: ArrayLike, axis: int = -1) -> FloatArray:
    """Averages the middle half: a quarter of the values is cut at each end, rounded down to whole values.

    With fewer than four values nothing is cut and this is the mean.
    """
    return np.asarray(trim_mean(np.asarray(values, dtype=np.float64), 0.25, axis=axis))


def probability_of_improvement(scores: ArrayLike, others: ArrayLike) -> float:
    """Estimates how often a run of one agent scores higher than a run of another.

    Args:
        scores: (n,) scores of the runs of one agent.
        others: (m,) scores of the runs of the other.

    Returns:
        The share of the n m pairs in which the first is higher, ties counting half: the Mann-Whitney U
        statistic over n m.
    """
    first, second = np.atleast_1d(np.asarray(scores, float)), np.atleast_1d(np.asarray(others, float))
    return float(mannwhitneyu(first, second, method="asymptotic").statistic / (first.size * second.size))


def share_of_sessions_won(returns: ArrayLike, others: ArrayLike) -> float:
    """Counts on how many listeners one agent does better than another, for the same listener and luck.

    Args:
        returns: (seeds, episodes) returns of one agent.
        others: (other seeds, episodes) returns of the other on the same episodes.

    Returns:
        The share of (seed, other seed, episode) in which the first return is higher, ties counting half.
    """
    first, second = np.asarray(returns)[:, None, :], np.asarray(others)[None, :, :]
    return float(np.mean((first > second) + 0.5 * (first == second)))


def performance_profile(scores: ArrayLike, thresholds: ArrayLike) -> FloatArray:
    """Says for each threshold which share of the scores lies above it.

    Args:
        scores: Scores of any shape; all of them are counted alike.
        thresholds: (T,) thresholds.

    Returns:
        (T,) shares in [0, 1], falling as the threshold rises.
    """
    flat = np.sort(np.asarray(scores, dtype=np.float64).ravel())
    not_above = np.searchsorted(flat, np.asarray(thresholds, dtype=np.float64), side="right")
    return np.asarray(1.0 - not_above / flat.size, dtype=np.float64)
