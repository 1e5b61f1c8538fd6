"""Bootstrap intervals for agents that were evaluated on common episodes.

Returns come as matrices (seeds, episodes): row s is the agent trained with seed s, column e is one
listener with one pool and one luck, the same for every agent. Two things could have come out otherwise:
which training seeds were run, and which listeners were met. So both are resampled: the seeds of each agent
for itself, the episodes jointly for all agents, which keeps the pairs of common random numbers together.
An agent without randomness in its training has one row, and only its episodes vary. With few seeds every
bootstrap is too narrow: by a factor of about sqrt((n - 1) / n) in what the seeds add.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

from segue.experiments.scores import Floats, interquartile_mean, normalised_score

Returns = Floats
"""(seeds, episodes) returns of one agent in one environment."""


class Interval(NamedTuple):
    """An estimate with the ends of its interval; NaN ends where nothing could be resampled."""

    estimate: float
    low: float
    high: float


def resampled_interval(
    statistic: Callable[..., Any], sizes: Sequence[int], *, resamples: int = 2000, confidence: float = 0.95
) -> Interval:
    """Percentile bootstrap interval of a statistic of several independently resampled groups.

    Args:
        statistic: Takes one integer array (..., size) of chosen positions for each group, with the same
            leading axes, and returns the statistic with those leading axes.
        sizes: Number of members of each group. A group of one is kept as it is.
        resamples: Number of resamples, drawn from a fixed seed: the same data give the same interval.
        confidence: Share of the resampled statistics inside the interval.

    Returns:
        The statistic of the groups as they are, with its interval.
    """
    estimate = float(statistic(*(np.arange(size) for size in sizes)))
    varying = [place for place, size in enumerate(sizes) if size > 1]
    if not varying:
        return Interval(estimate, np.nan, np.nan)

    def of_varying(*chosen: NDArray[np.intp], axis: int = -1) -> Any:
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


def mean_by_seed(returns: Returns, seeds: NDArray[np.intp], episodes: NDArray[np.intp]) -> Floats:
    """Mean return of resampled seeds over resampled episodes.

    Args:
        returns: (S, E).
        seeds: (..., s) chosen rows.
        episodes: (..., e) chosen columns.

    Returns:
        (..., s) means.
    """
    by_row = np.moveaxis(returns[:, episodes].mean(axis=-1), 0, -1)
    return np.asarray(np.take_along_axis(by_row, seeds, axis=-1))


def score_interval(
    strata: Sequence[tuple[Returns, Returns, Returns]], *, resamples: int = 2000, confidence: float = 0.95
) -> Interval:
    """Interquartile mean of an agent's normalised scores, with a stratified bootstrap interval.

    Args:
        strata: For each environment the returns of the agent, of the lower and of the upper anchor. Seeds and
            episodes are resampled within each environment.
        resamples: Number of bootstrap resamples.
        confidence: Share of the resampled statistics inside the interval.

    Returns:
        The interquartile mean over all (environment, seed) of the normalised mean return.
    """

    def statistic(*chosen: NDArray[np.intp]) -> Floats:
        scores = []
        for place, (agent, lower, upper) in enumerate(strata):
            rows, low_rows, up_rows, episodes = chosen[4 * place : 4 * place + 4]
            low = mean_by_seed(lower, low_rows, episodes).mean(axis=-1, keepdims=True)
            up = mean_by_seed(upper, up_rows, episodes).mean(axis=-1, keepdims=True)
            # An anchor measured against itself scores exactly 0 or 1, whichever of its seeds are drawn.
            own = {id(lower): low, id(upper): up}.get(id(agent), mean_by_seed(agent, rows, episodes))
            scores.append(normalised_score(own, low, up))
        return interquartile_mean(np.concatenate(scores, axis=-1))

    sizes = [n for agent, low, up in strata for n in (len(agent), len(low), len(up), agent.shape[1])]
    return resampled_interval(statistic, sizes, resamples=resamples, confidence=confidence)


def paired_interval(
    returns: Returns, others: Returns, *, resamples: int = 2000, confidence: float = 0.95
) -> Interval:
    """Mean difference of two agents on the same episodes, with its interval.

    Args:
        returns: (S, E) returns of one agent.
        others: (S', E) returns of the other, column by column on the same listener, pool and luck.
        resamples: Number of bootstrap resamples.
        confidence: Share of the resampled differences inside the interval.

    Returns:
        The mean of ``returns`` minus the mean of ``others``.
    """

    def statistic(
        seeds: NDArray[np.intp], other_seeds: NDArray[np.intp], episodes: NDArray[np.intp]
    ) -> Floats:
        own = mean_by_seed(returns, seeds, episodes).mean(axis=-1)
        other = mean_by_seed(others, other_seeds, episodes).mean(axis=-1)
        return np.asarray(own - other)

    sizes = (len(returns), len(others), returns.shape[1])
    return resampled_interval(statistic, sizes, resamples=resamples, confidence=confidence)


def mean_interval(values: Returns, *, resamples: int = 2000, confidence: float = 0.95) -> Interval:
    """Mean of a metric over seeds and episodes, with its interval.

    Args:
        values: (S, E) values of the metric.
        resamples: Number of bootstrap resamples.
        confidence: Share of the resampled means inside the interval.
    """

    def statistic(seeds: NDArray[np.intp], episodes: NDArray[np.intp]) -> Floats:
        return np.asarray(mean_by_seed(values, seeds, episodes).mean(axis=-1))

    return resampled_interval(statistic, values.shape, resamples=resamples, confidence=confidence)
