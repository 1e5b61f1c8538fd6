"""Off-policy evaluation: what a policy would earn, estimated from the sessions of another one.

`read_log` reads a dataset of `segue record`, `target_probabilities` takes a policy through it, and
`estimate_value` compares the estimators, each of which can be called by itself.
"""

from segue.experiments.off_policy.doubly_robust import doubly_robust
from segue.experiments.off_policy.estimate_value import estimate_value
from segue.experiments.off_policy.fitted_q import fitted_q_evaluation
from segue.experiments.off_policy.importance_sampling import (
    effective_sessions,
    importance_sampling,
    per_decision_importance_sampling,
    weighted_importance_sampling,
)
from segue.experiments.off_policy.logged_sessions import LoggedSessions, read_log
from segue.experiments.off_policy.target_policy import named_target, target_probabilities

__all__ = [
    "LoggedSessions",
    "doubly_robust",
    "effective_sessions",
    "estimate_value",
    "fitted_q_evaluation",
    "importance_sampling",
    "named_target",
    "per_decision_importance_sampling",
    "read_log",
    "target_probabilities",
    "weighted_importance_sampling",
]
