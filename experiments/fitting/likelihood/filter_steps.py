"""The compiled steps of the forward filter: each changes mean and covariance of the hidden vector."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from segue.experiments.fitting.likelihood.filter_input import TABLE_FROM, TABLE_SIZE, TABLE_STEP

LEVEL, MOMENTUM, EMA = -3, -2, -1
"""Last places of the hidden vector: level, momentum, and moving average of the utility."""

LEAST_VARIANCE = 1e-10
"""A utility of less variance than this counts as known."""


@njit(cache=True, error_model="numpy", nogil=True)
def observe(
    skipped: int, exact: bool, hazard: float, end: float, mean: float, variance: float, settings: Any
) -> tuple[float, float, float, float]:
    """Returns log density, probability of a skip, and mean and variance of the utility after a response.

    The first four arguments are those of `FilterPlays`, of one play.
    """
    nodes, weights = settings.nodes, settings.node_weights
    spread, beta = np.sqrt(max(variance, 0.0)), settings.beta
    total, first, second, kept = 0.0, 0.0, 0.0, 0.0
    for j in range(nodes.size):
        risk = np.exp(-beta * (mean + spread * nodes[j]))
        density = np.exp(-risk * end)
        kept += weights[j] * density
        if hazard != end:
            density = np.exp(-risk * hazard)
        if skipped == 1:
            density = risk * density if exact else 1.0 - density
        mass = weights[j] * density
        total += mass
        first += mass * nodes[j]
        second += mass * nodes[j] * nodes[j]
    skip = 1.0 - kept
    if hazard == 0.0:
        return 0.0, skip, mean, variance
    if total < 1e-300:
        return -690.0, skip, mean, variance
    first /= total
    second = max(second / total - first * first, 1e-6)
    return np.log(total), skip, mean + spread * first, variance * second


@njit(cache=True, error_model="numpy", nogil=True)
def covariances(covariance: Any, row: Any, cross: Any) -> None:
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
def add_outer(covariance: Any, cross: Any, factor: float) -> None:
    """Adds `factor` times the products of `cross` to the covariance."""
    for i in range(cross.size):
        weight = factor * cross[i]
        for j in range(cross.size):
            covariance[i, j] += weight * cross[j]


@njit(cache=True, error_model="numpy", nogil=True)
def begin_session(mean: Any, covariance: Any, settings: Any) -> None:
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
def average(mean: Any, covariance: Any, utility: float, variance: float, cross: Any, decay: float) -> None:
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
def see_end(end: int, end_logit: float, mean: Any, covariance: Any, cross: Any, settings: Any) -> float:
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
        add_outer(covariance, cross, (second - 1.0) / own)
    return np.log(total)


@njit(cache=True, error_model="numpy", nogil=True)
def heard_of_skip(utility: float, variance: float, settings: Any) -> tuple[float, float, float]:
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
def advance(
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
def break_session(mean: Any, covariance: Any, settings: Any) -> None:
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
