"""What the forward filter reads: the plays, and its numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from segue.features.arrays import BoolArray, FloatArray, Int64Array, IntArray

NODES = 20
"""Points of the quadrature over the utility."""


class FilterPlays(NamedTuple):
    """What the filter reads of the plays, N of P loadings.

    Attributes:
        starts: First play of every listener, and N, (listeners + 1,).
        first: Whether each play is the first of a session, (N,).
        skipped: 1 skipped, 0 not, −1 not known, (N,).
        hazard: Base hazard accumulated until the time of the response, see `ResponseHazards`, (N,).
        end_hazard: Base hazard until the end of the track, (N,).
        exact: Whether the response is a skip at an exactly known time, (N,).
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
    exact: BoolArray
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
        of_session: Whether a loading's parameter is drawn again for each session, (P,).
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


def quadrature(count: int = NODES) -> tuple[FloatArray, FloatArray]:
    """Returns points and weights of Gauss–Hermite quadrature for a standard normal."""
    points, weights = np.polynomial.hermite_e.hermegauss(count)
    both = np.array([points, weights / weights.sum()], dtype=np.float64)
    return both[0], both[1]
