"""All estimators side by side."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from segue.experiments.analysis.statistics.interval import Interval
from segue.experiments.off_policy.arguments import check_arguments
from segue.experiments.off_policy.doubly_robust import doubly_robust
from segue.experiments.off_policy.fitted_q import fitted_q_evaluation
from segue.experiments.off_policy.importance_sampling import (
    importance_sampling,
    per_decision_importance_sampling,
    weighted_importance_sampling,
)
from segue.experiments.off_policy.logged_sessions import LoggedSessions
from segue.experiments.off_policy.target_policy import TargetPolicy, target_probabilities

ESTIMATORS: dict[str, Callable[..., Interval]] = {
    "IS": importance_sampling,
    "PDIS": per_decision_importance_sampling,
    "WIS": weighted_importance_sampling,
    "DR": doubly_robust,
    "FQE": fitted_q_evaluation,
}
"""Estimators by their usual abbreviation."""


def estimate_value(log: LoggedSessions, policy: TargetPolicy, *, discount: float = 1.0) -> pd.DataFrame:
    """Estimates the mean return of a target policy by every estimator.

    Args:
        log: The sessions, with sessions that a limit of steps cut off counted up to there.
        policy: The target policy; see `target_probabilities`.
        discount: γ of the return Σ γᵗ r, from 0 to 1.

    Returns:
        One row per estimator: estimator, value, and low and high of the 95 % interval.

    Raises:
        UserError: The discount is outside its range; see also `target_probabilities` and the estimators.
    """
    check_arguments(discount=discount)
    target = target_probabilities(log, policy)
    rows = [(name, *estimate(log, target, discount=discount)) for name, estimate in ESTIMATORS.items()]
    return pd.DataFrame(rows, columns=["estimator", "value", "low", "high"])
