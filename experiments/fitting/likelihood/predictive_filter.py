"""The forward filter: what the plays so far say of a listener, and what they predict of the next play.

The utility of a play is an offset plus a linear function of a hidden Gaussian vector: the deviation of the
listener's bias, the listener's own parameters of the terms, the level of the session and the momentum. The
filter carries mean and covariance of that vector from play to play. A response is not a linear observation:
the filter projects the exact posterior of the utility onto a Gaussian, by Gauss–Hermite quadrature, and
updates the vector by linear regression on the utility (assumed-density filtering: Maybeck 1982, chapter 12;
Minka 2001). The product of its predictive probabilities approximates the marginal likelihood.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from segue.experiments.fitting.likelihood.filter_input import FilterPlays, FilterSettings
from segue.experiments.fitting.likelihood.filter_steps import (
    EMA,
    LEAST_VARIANCE,
    add_outer,
    advance,
    average,
    begin_session,
    break_session,
    covariances,
    heard_of_skip,
    observe,
    see_end,
)
from segue.features.arrays import FloatArray


class Filtered(NamedTuple):
    """What the filter finds.

    Attributes:
        log_likelihood: Log density of each response, and of the end or continuation of the session after it,
            given the plays before it; 0 where they are not known, (N,).
        skip: Probability that the play is skipped, given the plays before it, (N,).
        utility: Mean utility of the play, given its response and the plays before it, (N,).
        listeners: Posterior means of every listener after the last play: the deviation of the bias, then one
            standard normal parameter per loading, (listeners, 1 + P).
    """

    log_likelihood: FloatArray
    skip: FloatArray
    utility: FloatArray
    listeners: FloatArray


@njit(cache=True, error_model="numpy", nogil=True)
def _filter_listeners(plays: Any, settings: Any, out: Any, begin: int, end: int) -> None:
    """Filters the listeners from `begin` to `end`; `out` holds the arrays of `Filtered`."""
    loadings, scale = plays.loadings, settings.scale
    count = loadings.shape[1]
    size = count + 4
    row, mean = np.ones(size), np.zeros(size)
    cross, covariance = np.zeros(size), np.zeros((size, size))
    for listener in range(begin, end):
        mean[:] = 0.0
        covariance[:] = 0.0
        covariance[0, 0] = settings.bias_spread**2
        for p in range(count):
            covariance[1 + p, 1 + p] = 1.0
        for n in range(plays.starts[listener], plays.starts[listener + 1]):
            if plays.first[n]:
                begin_session(mean, covariance, settings)
            for p in range(count):
                row[1 + p] = scale[p] * loadings[n, p]
            row[size + EMA] = 0.0
            covariances(covariance, row, cross)
            expected, explained = plays.offset[n], 0.0
            for i in range(size):
                expected += row[i] * mean[i]
                explained += row[i] * cross[i]
            variance = plays.around[n] + explained
            log_density, skip, after, after_variance = observe(
                plays.skipped[n], plays.exact[n], plays.hazard[n], plays.end_hazard[n],
                expected, variance, settings,
            )  # fmt: skip
            out.log_likelihood[n], out.skip[n], out.utility[n] = log_density, skip, after
            if variance > LEAST_VARIANCE:
                shift = (after - expected) / variance
                narrow = (after_variance - variance) / (variance * variance)
                add_outer(covariance, cross, narrow)
                # The covariances with the utility under the covariance that has just changed.
                rest = 1.0 + narrow * explained
                for i in range(size):
                    mean[i] += cross[i] * shift
                    cross[i] *= rest
            heard, around, slope = plays.heard[n], plays.heard_variance[n], 0.0
            if plays.untimed[n]:
                heard, around, slope = heard_of_skip(after, after_variance, settings)
            push, noise = settings.push + settings.gain * heard, settings.noise**2 + settings.gain**2 * around
            if settings.end_effect != 0.0:
                average(mean, covariance, after, after_variance, cross, settings.decay)
            advance(mean, covariance, row, cross, push, settings.gain * slope, noise, settings)
            ends = see_end(plays.end[n], plays.end_logit[n], mean, covariance, cross, settings)
            out.log_likelihood[n] += ends
            if settings.break_rate > 0.0:
                break_session(mean, covariance, settings)
        out.listeners[listener] = mean[: count + 1]


def filter_plays(plays: FilterPlays, settings: FilterSettings, threads: int = 1) -> Filtered:
    """Filters all listeners.

    Args:
        plays: What the filter reads of the plays.
        settings: Numbers of the filter.
        threads: Threads among which the listeners are divided.
    """
    count, listeners = len(plays.skipped), len(plays.starts) - 1
    out = Filtered(
        np.empty(count), np.empty(count), np.empty(count), np.empty((listeners, plays.loadings.shape[1] + 1))
    )
    # By plays, not listeners: some have a hundred times the plays of others.
    shares = np.searchsorted(plays.starts, np.linspace(0, count, threads + 1).astype(int))
    shares[0], shares[-1] = 0, listeners
    if threads == 1:
        _filter_listeners(plays, settings, out, 0, listeners)
        return out
    with ThreadPoolExecutor(threads) as pool:
        calls = [
            pool.submit(_filter_listeners, plays, settings, out, int(a), int(b)) for a, b in pairwise(shares)
        ]
        for call in calls:
            call.result()
    return out
