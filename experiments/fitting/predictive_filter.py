"""The forward filter: what the plays so far say of a listener, and what they predict of the next play.

The utility of a play is an offset plus a linear function of a hidden Gaussian vector: the deviation of the
listener's bias, the listener's own parameters of the terms, the level of the session and the momentum. The
filter carries mean and covariance of that vector from play to play. A response is no linear observation: the
filter projects the exact posterior of the utility onto a Gaussian, by Gauss–Hermite quadrature, and updates
the vector by linear regression on the utility (assumed-density filtering: Maybeck 1982, chapter 12; Minka
2001). The product of its predictive probabilities approximates the marginal likelihood.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from segue.features.arrays import BoolArray, FloatArray, Int64Array, IntArray

NODES = 20
"""Points of the quadrature over the utility."""

LEVEL, MOMENTUM, EMA = -3, -2, -1
"""Last places of the hidden vector: level, momentum, and moving average of the utility."""

LEAST_VARIANCE = 1e-10
"""A utility of less variance than this counts as known."""


class FilterPlays(NamedTuple):
    """What the filter reads of the plays, N of P loadings.

    Attributes:
        starts: First play of every listener, and N, (listeners + 1,).
        first: Whether each play is the first of a session, (N,).
        skipped: 1 skipped, 0 not, −1 not known, (N,).
        hazard: Base hazard accumulated while the play was heard; until the end of the track where it is not
            known when it was skipped, (N,).
        end_hazard: Base hazard until the end of the track, (N,).
        timed: Whether it is known when the play was skipped, (N,).
        offset: Mean utility of the play over the population, apart from engagement, (N,).
        around: Variance of the utility that belongs to the play alone, (N,).
        loadings: Effects of the standard normal parameters of the listener on the utility, (N, P).
        untimed: Whether it is known that the play was skipped, but not when, (N,).
        heard: Heard fraction; the mean where it is not known, (N,).
        heard_variance: Its variance where it is not known and the play is not `untimed`, (N,).
        end: 1 if the session ended after the play, 0 if it continued, −1 if that is not known, (N,).
        end_logit: Logit of leaving after the play if the moving average of the utility were 0, (N,).
    """

    starts: IntArray
    first: BoolArray
    skipped: Int64Array
    hazard: FloatArray
    end_hazard: FloatArray
    timed: BoolArray
    offset: FloatArray
    around: FloatArray
    loadings: FloatArray
    untimed: BoolArray
    heard: FloatArray
    heard_variance: FloatArray
    end: Int64Array
    end_logit: FloatArray


class FilterSettings(NamedTuple):
    """Numbers of the filter.

    Attributes:
        beta: Sensitivity of the skip hazard to the utility.
        bias_spread: Standard deviation of the bias over listeners.
        level_spread: Standard deviation of the level over sessions.
        persistence: Share of the momentum kept per play.
        push: Momentum that a play adds, apart from what is heard of it.
        gain: Momentum that a play heard to its end adds to that.
        noise: Standard deviation of the noise on the momentum.
        opening: Momentum before the first play.
        break_rate: Probability that an unmarked new session begins after a play.
        decay: Weight of the past in the moving average of the utility.
        end_effect: Effect of that average on the logit of leaving.
        skip_table: Mean and variance of the heard fraction of a skipped play at the utilities of
            `table_utilities`, (2, U).
        scale: Factor of each loading, (P,).
        of_session: Whether a loading's parameter is drawn anew in each session, (P,).
        nodes: Points of the quadrature, for a standard normal.
        node_weights: Their weights.
    """

    beta: float
    bias_spread: float
    level_spread: float
    persistence: float
    push: float
    gain: float
    noise: float
    opening: float
    break_rate: float
    decay: float
    end_effect: float
    skip_table: FloatArray
    scale: FloatArray
    of_session: BoolArray
    nodes: FloatArray
    node_weights: FloatArray


TABLE_FROM, TABLE_STEP, TABLE_SIZE = -8.0, 0.25, 65
"""Utilities at which the heard fraction of a skipped play is tabulated."""


def table_utilities() -> FloatArray:
    """Returns the utilities of `FilterSettings.skip_table`, (U,)."""
    return np.linspace(TABLE_FROM, TABLE_FROM + TABLE_STEP * (TABLE_SIZE - 1), TABLE_SIZE)


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


def quadrature(count: int = NODES) -> tuple[FloatArray, FloatArray]:
    """Returns points and weights of Gauss–Hermite quadrature for a standard normal."""
    points, weights = np.polynomial.hermite_e.hermegauss(count)
    both = np.array([points, weights / weights.sum()], dtype=np.float64)
    return both[0], both[1]


@njit(cache=True, error_model="numpy", nogil=True)
def _observe(
    skipped: int, timed: bool, hazard: float, end: float, mean: float, variance: float, settings: Any
) -> tuple[float, float, float, float]:
    """Returns log density, probability of a skip, and mean and variance of the utility after a response."""
    nodes, weights = settings.nodes, settings.node_weights
    spread, beta = np.sqrt(max(variance, 0.0)), settings.beta
    total, first, second, kept = 0.0, 0.0, 0.0, 0.0
    for j in range(nodes.size):
        risk = np.exp(-beta * (mean + spread * nodes[j]))
        stays = np.exp(-risk * end)
        kept += weights[j] * stays
        density = stays
        if skipped == 1:
            density = risk * np.exp(-risk * hazard) if timed else 1.0 - stays
        mass = weights[j] * density
        total += mass
        first += mass * nodes[j]
        second += mass * nodes[j] * nodes[j]
    skip = 1.0 - kept
    if skipped < 0:
        return 0.0, skip, mean, variance
    if total < 1e-300:
        return -690.0, skip, mean, variance
    first /= total
    second = max(second / total - first * first, 1e-6)
    return np.log(total), skip, mean + spread * first, variance * second


@njit(cache=True, error_model="numpy", nogil=True)
def _covariances(covariance: Any, row: Any, cross: Any) -> None:
    """Writes the covariances of the hidden vector with `row` · vector to `cross`.

    By rows, which symmetry allows: the compiler then adds several places at a time, and the filter takes half
    the time.
    """
    for i in range(row.size):
        cross[i] = 0.0
    for j in range(row.size):
        weight = row[j]
        for i in range(row.size):
            cross[i] += weight * covariance[j, i]


@njit(cache=True, error_model="numpy", nogil=True)
def _add_outer(covariance: Any, cross: Any, factor: float) -> None:
    """Adds `factor` times the products of `cross` to the covariance."""
    for i in range(cross.size):
        weight = factor * cross[i]
        for j in range(cross.size):
            covariance[i, j] += weight * cross[j]


@njit(cache=True, error_model="numpy", nogil=True)
def _begin_session(mean: Any, covariance: Any, settings: Any) -> None:
    """Replaces what belongs to a session by that of a new one."""
    size, count = mean.size, settings.of_session.size
    for place in range(1, size):
        if place > count or settings.of_session[place - 1]:
            for i in range(size):
                covariance[place, i] = covariance[i, place] = 0.0
            covariance[place, place] = 1.0 if place <= count else 0.0
            mean[place] = 0.0
    mean[size + MOMENTUM] = settings.opening
    covariance[size + LEVEL, size + LEVEL] = settings.level_spread**2


@njit(cache=True, error_model="numpy", nogil=True)
def _average(mean: Any, covariance: Any, utility: float, variance: float, cross: Any, decay: float) -> None:
    """Moves the average of the utility on, and `cross`, the covariances with the utility, with it."""
    size = mean.size
    place, add = size + EMA, 1.0 - decay
    own = decay * decay * covariance[place, place] + 2.0 * decay * add * cross[place] + add * add * variance
    for i in range(size):
        covariance[i, place] = covariance[place, i] = decay * covariance[i, place] + add * cross[i]
    covariance[place, place] = own
    mean[place] = decay * mean[place] + add * utility
    cross[place] = decay * cross[place] + add * variance


@njit(cache=True, error_model="numpy", nogil=True)
def _see_end(end: int, end_logit: float, mean: Any, covariance: Any, cross: Any, settings: Any) -> float:
    """Learns from the end or continuation of the session; returns the log probability of what happened.

    Args:
        end: See `FilterPlays`.
        end_logit: See `FilterPlays`.
        mean: Mean of the hidden vector.
        covariance: Its covariance.
        cross: Work space.
        settings: `FilterSettings`.
    """
    if end < 0:
        return 0.0
    size, nodes, effect = mean.size, settings.nodes, settings.end_effect
    place = size + EMA
    own, expected = covariance[place, place], mean[place]
    spread = np.sqrt(max(own, 0.0)) if effect != 0.0 else 0.0
    total, first, second = 0.0, 0.0, 0.0
    for j in range(nodes.size):
        value = end_logit - effect * (expected + spread * nodes[j])
        mass = settings.node_weights[j] / (1.0 + np.exp(-value if end == 1 else value))
        total += mass
        first += mass * nodes[j]
        second += mass * nodes[j] * nodes[j]
    if spread * spread > LEAST_VARIANCE:
        first /= total
        second = max(second / total - first * first, 1e-6)
        for i in range(size):
            cross[i] = covariance[i, place]
            mean[i] += cross[i] * first / spread
        _add_outer(covariance, cross, (second - 1.0) / own)
    return np.log(total)


@njit(cache=True, error_model="numpy", nogil=True)
def _heard_of_skip(utility: float, variance: float, settings: Any) -> tuple[float, float, float]:
    """Returns mean and variance of the heard fraction of a skipped play, and its regression on the utility.

    The variance is that around the regression.
    """
    nodes, weights, table = settings.nodes, settings.node_weights, settings.skip_table
    spread = np.sqrt(max(variance, 0.0))
    mean, second, shared = 0.0, 0.0, 0.0
    for j in range(nodes.size):
        place = (utility + spread * nodes[j] - TABLE_FROM) / TABLE_STEP
        place = min(max(place, 0.0), TABLE_SIZE - 1.001)
        below = int(place)
        part = place - below
        heard = (1.0 - part) * table[0, below] + part * table[0, below + 1]
        around = (1.0 - part) * table[1, below] + part * table[1, below + 1]
        mean += weights[j] * heard
        second += weights[j] * (heard * heard + around)
        shared += weights[j] * heard * nodes[j]
    slope = shared / spread if spread > 1e-6 else 0.0
    return mean, max(second - mean * mean - shared * shared, 0.0), slope


@njit(cache=True, error_model="numpy", nogil=True)
def _advance(
    mean: Any, covariance: Any, row: Any, cross: Any, push: float, pull: float, noise: float, settings: Any
) -> None:
    """Lets the momentum decay and adds the effect of the response.

    Args:
        mean: Mean of the hidden vector.
        covariance: Its covariance.
        row: Effect of the hidden vector on the utility.
        cross: Covariance of the hidden vector with the utility, if `pull` is not 0.
        push: Mean of what is added.
        pull: Effect of the utility, as far as it differs from its mean, on what is added.
        noise: Variance of what is added beside that.
        settings: `FilterSettings`.
    """
    last, keep = mean.size + MOMENTUM, settings.persistence
    own = keep * keep * covariance[last, last]
    if pull != 0.0:
        for i in range(mean.size):
            own += pull * pull * row[i] * cross[i]
        own += 2.0 * keep * pull * cross[last]
    for i in range(mean.size):
        covariance[last, i] *= keep
        if pull != 0.0:
            covariance[last, i] += pull * cross[i]
        covariance[i, last] = covariance[last, i]
    covariance[last, last] = own + noise
    mean[last] = keep * mean[last] + push


@njit(cache=True, error_model="numpy", nogil=True)
def _break(mean: Any, covariance: Any, settings: Any) -> None:
    """Mixes level and momentum with those of a new session, which may have begun without a mark."""
    rate, size = settings.break_rate, mean.size
    keep = 1.0 - rate
    level, momentum = size + LEVEL, size + MOMENTUM
    for i in range(size):
        for place in (level, momentum):
            if i in (level, momentum):
                continue
            covariance[i, place] *= keep
            covariance[place, i] *= keep
    gap_level, gap_momentum = mean[level], mean[momentum] - settings.opening
    both = rate * keep
    covariance[level, level] = (
        keep * covariance[level, level] + rate * settings.level_spread**2 + both * gap_level**2
    )
    covariance[momentum, momentum] = keep * covariance[momentum, momentum] + both * gap_momentum**2
    shared = keep * covariance[level, momentum] + both * gap_level * gap_momentum
    covariance[level, momentum] = covariance[momentum, level] = shared
    mean[level] *= keep
    mean[momentum] = settings.opening + keep * gap_momentum


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
                _begin_session(mean, covariance, settings)
            for p in range(count):
                row[1 + p] = scale[p] * loadings[n, p]
            row[size + EMA] = 0.0
            _covariances(covariance, row, cross)
            expected, explained = plays.offset[n], 0.0
            for i in range(size):
                expected += row[i] * mean[i]
                explained += row[i] * cross[i]
            variance = plays.around[n] + explained
            log_density, skip, after, after_variance = _observe(
                plays.skipped[n], plays.timed[n], plays.hazard[n], plays.end_hazard[n],
                expected, variance, settings,
            )  # fmt: skip
            out.log_likelihood[n], out.skip[n], out.utility[n] = log_density, skip, after
            if variance > LEAST_VARIANCE:
                shift = (after - expected) / variance
                narrow = (after_variance - variance) / (variance * variance)
                _add_outer(covariance, cross, narrow)
                # The covariances with the utility under the covariance that has just changed.
                rest = 1.0 + narrow * explained
                for i in range(size):
                    mean[i] += cross[i] * shift
                    cross[i] *= rest
            heard, around, slope = plays.heard[n], plays.heard_variance[n], 0.0
            if plays.untimed[n]:
                heard, around, slope = _heard_of_skip(after, after_variance, settings)
            push, noise = settings.push + settings.gain * heard, settings.noise**2 + settings.gain**2 * around
            if settings.end_effect != 0.0:
                _average(mean, covariance, after, after_variance, cross, settings.decay)
            _advance(mean, covariance, row, cross, push, settings.gain * slope, noise, settings)
            ends = _see_end(plays.end[n], plays.end_logit[n], mean, covariance, cross, settings)
            out.log_likelihood[n] += ends
            if settings.break_rate > 0.0:
                _break(mean, covariance, settings)
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
