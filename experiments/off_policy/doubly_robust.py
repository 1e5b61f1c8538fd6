"""The doubly robust estimator: a model of the values, and importance sampling of what the model misses.

Source: Jiang and Li 2016, "Doubly robust off-policy value evaluation for reinforcement learning". The model
is that of fitted Q evaluation. It is cross-fitted (Chernozhukov et al. 2018): the plays of a session meet a
model that was fitted to other sessions, so that the estimate is unbiased whatever the model.
"""

from __future__ import annotations

import numpy as np

from segue.experiments.analysis.bootstrap import mean_interval
from segue.experiments.analysis.statistics.interval import Interval
from segue.experiments.off_policy.arguments import check_arguments
from segue.experiments.off_policy.candidate_features import CandidateFeatures, session_features
from segue.experiments.off_policy.fitted_q import RIDGE, GroupSums, PlayFeatures
from segue.experiments.off_policy.importance_sampling import cumulative_weights
from segue.experiments.off_policy.logged_sessions import LoggedSessions
from segue.features.arrays import FloatArray
from segue.features.errors import UserError

FOLDS = 5
"""Parts of the sessions, each valued by a model of the others."""


def doubly_robust(
    log: LoggedSessions,
    target: FloatArray,
    *,
    discount: float = 1.0,
    confidence: float = 0.95,
    features: CandidateFeatures = session_features,
    ridge: float = RIDGE,
) -> Interval:
    """Estimates the target policy's mean return by a model, corrected by weighted errors of the model.

    A session counts V(o₀) + Σ γᵗ w(t) (r + γ V(o') − Q(o, a)), with the weights w(t) of per-decision
    importance sampling. Unbiased, and the better the model, the less it varies.

    Args:
        log: Two sessions or more.
        target: Probabilities of the target policy, (N, K).
        discount: γ of the return Σ γᵗ r, from 0 to 1.
        confidence: Between 0 and 1, of the percentile bootstrap interval over sessions, whose models stay as
            they are.
        features: Features of the candidates in the state of their session.
        ridge: Penalty on the squared weights of the model, above 0.

    Raises:
        UserError: There is one session alone, or an argument is outside its range.
    """
    check_arguments(discount=discount, confidence=confidence, ridge=ridge)
    if log.sessions < 2:
        raise UserError(
            "The doubly robust estimator values each session by a model of others; give it two or more."
        )
    plays = PlayFeatures.of(log, target, features)
    sums = GroupSums.of(log, plays)
    groups = len(sums.sessions)
    fold_of = np.arange(groups) % min(FOLDS, groups)
    taken, expected, following = (np.zeros(len(log.actions)) for _ in range(3))
    for fold in range(fold_of.max() + 1):
        weights = sums.weights((fold_of != fold)[None].astype(np.float64), discount, ridge)[0]
        rows = (fold_of[sums.group_of] == fold)[log.session_of]
        taken[rows] = plays.taken[rows] @ weights
        expected[rows] = plays.expected[rows] @ weights
        following[rows] = plays.following[rows] @ weights
    errors = log.by_session(log.rewards + discount * following - taken, after=0.0)
    decay = discount ** np.arange(errors.shape[1])
    corrections = (cumulative_weights(log, target) * errors * decay).sum(axis=1)
    return mean_interval(expected[log.first] + corrections, confidence=confidence)
