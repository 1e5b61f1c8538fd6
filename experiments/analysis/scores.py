"""Point estimates that summarise runs: normalised score, interquartile mean, and comparisons of two agents.

The interquartile mean, the probability of improvement and the performance profile follow Agarwal et al. 2021,
"Deep reinforcement learning at the edge of the statistical precipice" (NeurIPS).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import mannwhitneyu, trim_mean

from segue.features.arrays import FloatArray


def normalised_score(score: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> FloatArray:
    """Maps scores to a scale where `lower` is 0 and `upper` is 1.

    Args:
        score: Mean returns, any shape.
        lower: Mean return of the agent that scores 0, broadcastable.
        upper: Mean return of the agent that scores 1, broadcastable.

    Returns:
        `(score - lower) / (upper - lower)`, which may be below 0 or above 1; NaN where the anchors are equal.
    """
    low = np.asarray(lower, dtype=np.float64)
    scale = np.asarray(upper, dtype=np.float64) - low
    above = np.asarray(score, dtype=np.float64) - low
    result = np.full(np.broadcast_shapes(above.shape, scale.shape), np.nan)
    np.divide(above, scale, out=result, where=scale != 0)
    return result


def interquartile_mean(values: ArrayLike, axis: int = -1) -> FloatArray:
    """Averages the middle half: a quarter of the values, rounded down, is cut off at each end.

    With fewer than four values nothing is cut off and this is the mean.
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
    """Computes the share of sessions in which one agent does better, with the same listener and noise.

    Args:
        returns: (seeds, episodes) returns of one agent.
        others: (other seeds, episodes) returns of the other agent on the same episodes.

    Returns:
        The share of (seed, other seed, episode) in which the first return is higher, ties counting half.
    """
    first, second = np.asarray(returns)[:, None, :], np.asarray(others)[None, :, :]
    return float(np.mean((first > second) + 0.5 * (first == second)))
