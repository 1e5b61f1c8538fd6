"""Estimators that weight what was logged by how much more likely the target policy makes it.

The weight of the first t plays of a session is the product over them of the probability under the target
policy divided by the logged propensity. Sources: Precup, Sutton and Singh 2000, "Eligibility traces for
off-policy policy evaluation" (all three estimators); Kong 1992 (effective sample size).
"""

from __future__ import annotations

import numpy as np

from segue.experiments.analysis.bootstrap import mean_interval, resampled_interval
from segue.experiments.analysis.statistics.interval import Interval
from segue.experiments.off_policy.arguments import check_arguments
from segue.experiments.off_policy.logged_sessions import LoggedSessions
from segue.features.arrays import FloatArray, IntArray
from segue.features.errors import UserError


def cumulative_weights(log: LoggedSessions, target: FloatArray) -> FloatArray:
    """Computes the weight of each session up to each of its plays.

    Args:
        log: The sessions.
        target: Probabilities of the target policy, (N, K).

    Returns:
        (S, longest session); after its end a session keeps its weight.
    """
    taken = target[np.arange(len(log.actions)), log.actions]
    ratios = log.by_session(taken / log.propensities, after=1.0)
    return np.asarray(np.cumprod(ratios, axis=1))


def discounted_rewards(log: LoggedSessions, discount: float) -> FloatArray:
    """Returns γᵗ r of each play, 0 after the end of a session, (S, longest session)."""
    rewards = log.by_session(log.rewards, after=0.0)
    return rewards * discount ** np.arange(rewards.shape[1])


def effective_sessions(log: LoggedSessions, target: FloatArray) -> float:
    """Computes how many sessions of the target policy itself the weighted ones are worth.

    Returns:
        (Σ w)² / Σ w² of the weights w of whole sessions, from 1 to S; 0 if the target policy makes every
        logged session impossible.
    """
    weights = cumulative_weights(log, target)[:, -1]
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def importance_sampling(
    log: LoggedSessions, target: FloatArray, *, discount: float = 1.0, confidence: float = 0.95
) -> Interval:
    """Estimates the target policy's mean return by weighting whole sessions. Unbiased.

    Args:
        log: The sessions.
        target: Probabilities of the target policy, (N, K).
        discount: γ of the return Σ γᵗ r, from 0 to 1.
        confidence: Between 0 and 1, of the percentile bootstrap interval over sessions.

    Raises:
        UserError: An argument is outside its range.
    """
    check_arguments(discount=discount, confidence=confidence)
    weights = cumulative_weights(log, target)[:, -1]
    return _mean(weights * discounted_rewards(log, discount).sum(axis=1), confidence)


def per_decision_importance_sampling(
    log: LoggedSessions, target: FloatArray, *, discount: float = 1.0, confidence: float = 0.95
) -> Interval:
    """Estimates the target policy's mean return by weighting each reward by the plays up to it. Unbiased.

    The arguments are those of `importance_sampling`.
    """
    check_arguments(discount=discount, confidence=confidence)
    weighted = cumulative_weights(log, target) * discounted_rewards(log, discount)
    return _mean(weighted.sum(axis=1), confidence)


def weighted_importance_sampling(
    log: LoggedSessions, target: FloatArray, *, discount: float = 1.0, confidence: float = 0.95
) -> Interval:
    """Estimates the target policy's mean return by a weighted mean of the returns.

    Its bias vanishes as sessions become many, and it varies less than `importance_sampling`, whose arguments
    it takes.

    Raises:
        UserError: The target policy makes every logged session impossible, or an argument is outside its
            range.
    """
    check_arguments(discount=discount, confidence=confidence)
    weights = cumulative_weights(log, target)[:, -1]
    if not weights.any():
        raise UserError(
            "The target policy would never have played any of the logged sessions; log with more "
            "exploration, or choose a target that is closer to what was logged."
        )
    weighted = weights * discounted_rewards(log, discount).sum(axis=1)

    def ratio(chosen: IntArray) -> FloatArray:
        total = weights[chosen].sum(axis=-1)
        # A resample in which nothing has weight says nothing; it counts as the estimate itself.
        found = weighted[chosen].sum(axis=-1) / np.where(total > 0, total, 1.0)
        return np.where(total > 0, found, weighted.sum() / weights.sum())

    return resampled_interval(ratio, (log.sessions,), confidence=confidence)


def _mean(by_session: FloatArray, confidence: float) -> Interval:
    return mean_interval(by_session, confidence=confidence)
