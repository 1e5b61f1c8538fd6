"""Bootstrap intervals for agents that were evaluated on common episodes.

Returns come as matrices (seeds, episodes): row s is the agent trained with seed s, column e is one listener
with one pool and one stream of noise, the same for every agent. Two things are random samples: the training
seeds and the listeners. Both are resampled: the seeds independently for each agent, the episodes jointly for
all agents, which keeps the pairs of common random numbers together. An agent that does not learn has one row,
and only its episodes vary. With n seeds the bootstrap underestimates the standard deviation that the seeds
contribute by a factor of about sqrt((n - 1) / n).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import bootstrap

from segue.experiments.analysis.scores import interquartile_mean, normalised_score
from segue.features.arrays import FloatArray, IntArray

Returns = FloatArray
"""(seeds, episodes) returns of one agent in one environment."""


class Interval(NamedTuple):
    """An estimate with the ends of its interval, which are NaN if nothing could be resampled."""

    estimate: float
    low: float
    high: float


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


def mean_by_seed(returns: Returns, seeds: IntArray, episodes: IntArray) -> FloatArray:
    """Computes the mean return of resampled seeds over resampled episodes.

    Args:
        returns: (S, E).
        seeds: (..., s) chosen rows.
        episodes: (..., e) chosen columns.

    Returns:
        (..., s) means.
    """
    return np.asarray(np.take_along_axis(_mean_by_row(returns, episodes), seeds, axis=-1))


def _mean_by_row(returns: Returns, episodes: IntArray) -> FloatArray:
    """Computes the mean of each row over the chosen columns, (..., S).

    Counting how often each column was chosen is faster than copying the columns for each row.
    """
    leading, size = episodes.shape[:-1], returns.shape[1]
    flat = episodes.reshape(-1, episodes.shape[-1])
    cells = flat + size * np.arange(len(flat))[:, None]
    counts = np.bincount(cells.ravel(), minlength=size * len(flat)).reshape(len(flat), size)
    means = counts @ returns.T / episodes.shape[-1]
    return np.asarray(means.reshape(*leading, len(returns)))


def score_interval(
    strata: Sequence[tuple[Returns, Returns, Returns]], *, resamples: int = 2000, confidence: float = 0.95
) -> Interval:
    """Computes the interquartile mean of an agent's normalised scores, with a stratified bootstrap interval.

    Args:
        strata: For each environment the returns of the agent, of the lower anchor and of the upper anchor.
            Seeds and episodes are resampled within each environment.
        resamples: Number of bootstrap resamples.
        confidence: Share of the resampled statistics inside the interval.

    Returns:
        The interquartile mean over all (environment, seed) of the normalised mean return.
    """

    def statistic(*chosen: IntArray) -> FloatArray:
        scores = []
        for place, (agent, lower, upper) in enumerate(strata):
            rows, low_rows, up_rows, episodes = chosen[4 * place : 4 * place + 4]
            low = mean_by_seed(lower, low_rows, episodes).mean(axis=-1, keepdims=True)
            up = mean_by_seed(upper, up_rows, episodes).mean(axis=-1, keepdims=True)
            # An anchor compared with itself scores exactly 0 or 1, whichever of its seeds are drawn.
            own = {id(lower): low, id(upper): up}.get(id(agent), mean_by_seed(agent, rows, episodes))
            scores.append(normalised_score(own, low, up))
        return interquartile_mean(np.concatenate(scores, axis=-1))

    sizes = [n for agent, low, up in strata for n in (len(agent), len(low), len(up), agent.shape[1])]
    return resampled_interval(statistic, sizes, resamples=resamples, confidence=confidence)


def paired_interval(
    returns: Returns, others: Returns, *, resamples: int = 2000, confidence: float = 0.95
) -> Interval:
    """Computes the mean difference of two agents on the same episodes, with its interval.

    Args:
        returns: (S, E) returns of one agent.
        others: (S', E) returns of the other agent; each column has the same listener, pool and noise.
        resamples: Number of bootstrap resamples.
        confidence: Share of the resampled differences inside the interval.

    Returns:
        The mean of `returns` minus the mean of `others`.
    """

    def statistic(seeds: IntArray, other_seeds: IntArray, episodes: IntArray) -> FloatArray:
        own = mean_by_seed(returns, seeds, episodes).mean(axis=-1)
        other = mean_by_seed(others, other_seeds, episodes).mean(axis=-1)
        return np.asarray(own - other)

    sizes = (len(returns), len(others), returns.shape[1])
    return resampled_interval(statistic, sizes, resamples=resamples, confidence=confidence)


def improvement_interval(
    strata: Sequence[tuple[Returns, Returns]], *, resamples: int = 2000, confidence: float = 0.95
) -> Interval:
    """Computes the probability of improvement of one agent over another, with a stratified interval.

    Args:
        strata: For each environment the returns of the agent and of the other agent, (S, E) and (S', E).
        resamples: Number of bootstrap resamples.
        confidence: Share of the resampled probabilities inside the interval.

    Returns:
        The mean over environments of the share of pairs of runs in which the agent's mean return is higher,
        ties counting half; seeds and episodes are resampled within each environment.
    """

    def statistic(*chosen: IntArray) -> FloatArray:
        won = []
        for place, (agent, other) in enumerate(strata):
            seeds, other_seeds, episodes = chosen[3 * place : 3 * place + 3]
            ours = mean_by_seed(agent, seeds, episodes)[..., :, None]
            theirs = mean_by_seed(other, other_seeds, episodes)[..., None, :]
            won.append(((ours > theirs) + 0.5 * (ours == theirs)).mean(axis=(-1, -2)))
        return np.asarray(np.mean(won, axis=0))

    sizes = [n for agent, other in strata for n in (len(agent), len(other), agent.shape[1])]
    return resampled_interval(statistic, sizes, resamples=resamples, confidence=confidence)


def profile_band(
    strata: Sequence[tuple[Returns, Returns, Returns]],
    thresholds: FloatArray,
    *,
    resamples: int = 2000,
    confidence: float = 0.95,
) -> FloatArray:
    """Computes the performance profile of an agent with a pointwise stratified bootstrap band.

    Args:
        strata: See `score_interval`.
        thresholds: (T,) normalised scores.
        resamples: Number of bootstrap resamples.
        confidence: Share of the resampled profiles inside the band, at each threshold.

    Returns:
        (3, T): the share of runs, over all environments, that score higher than each threshold, and the lower
        and upper ends of the band, NaN if nothing could be resampled.
    """
    rng = np.random.default_rng(0)

    def profiles(times: int, resample: bool) -> FloatArray:
        scores = []
        for agent, lower, upper in strata:
            rows, low_rows, up_rows, episodes = (
                rng.integers(n, size=(times, n)) if resample else np.arange(n)[None]
                for n in (len(agent), len(lower), len(upper), agent.shape[1])
            )
            low = mean_by_seed(lower, low_rows, episodes).mean(axis=-1, keepdims=True)
            up = mean_by_seed(upper, up_rows, episodes).mean(axis=-1, keepdims=True)
            own = {id(lower): low, id(upper): up}.get(id(agent), mean_by_seed(agent, rows, episodes))
            scores.append(normalised_score(own, low, up))
        together = np.concatenate(scores, axis=-1)
        return np.asarray((together[..., None] > thresholds).mean(axis=1))

    estimate = profiles(1, False)[0]
    if all(max(len(agent), agent.shape[1]) < 2 for agent, _, _ in strata):
        return np.stack([estimate, np.full_like(estimate, np.nan), np.full_like(estimate, np.nan)])
    outside = (1 - confidence) / 2
    low, high = np.quantile(profiles(resamples, True), [outside, 1 - outside], axis=0)
    return np.stack([estimate, low, high])


def mean_intervals(
    values: FloatArray, *, resamples: int = 2000, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Computes the means of several metrics over seeds and episodes, with intervals, all at once.

    Like `mean_interval` of each metric, but all metrics share the resamples, and values may be missing.

    Args:
        values: (M, S, E) values of M metrics. A metric that some sessions lack (NaN) is averaged over the
            others.
        resamples: Number of bootstrap resamples, the same for all metrics.
        confidence: Share of the resampled means inside the interval.

    Returns:
        Means and the ends of their intervals, (M,) each; NaN ends if nothing could be resampled.
    """
    rng = np.random.default_rng(0)
    _, seeds, episodes = values.shape
    estimate = np.nanmean(values, axis=(1, 2))
    if max(seeds, episodes) < 2:
        return estimate, np.full_like(estimate, np.nan), np.full_like(estimate, np.nan)
    rows = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=resamples).astype(float)
    columns = rng.multinomial(episodes, np.full(episodes, 1 / episodes), size=resamples).astype(float)
    known = ~np.isnan(values)
    outside = (1 - confidence) / 2
    ends = []
    for value, there in zip(np.where(known, values, 0.0), known, strict=True):
        total = ((rows @ value) * columns).sum(axis=1)
        weight = ((rows @ there) * columns).sum(axis=1)
        ends.append(np.quantile(total[weight > 0] / weight[weight > 0], [outside, 1 - outside]))
    low, high = np.array(ends).T
    return estimate, low, high


def mean_interval(values: Returns, *, resamples: int = 2000, confidence: float = 0.95) -> Interval:
    """Computes the mean of a metric over seeds and episodes, with its interval.

    Args:
        values: (S, E) values of the metric.
        resamples: Number of bootstrap resamples.
        confidence: Share of the resampled means inside the interval.
    """

    def statistic(seeds: IntArray, episodes: IntArray) -> FloatArray:
        return np.asarray(mean_by_seed(values, seeds, episodes).mean(axis=-1))

    return resampled_interval(statistic, values.shape, resamples=resamples, confidence=confidence)
