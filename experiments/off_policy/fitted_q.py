"""Fitted Q evaluation: a linear model of what the target policy earns from a play on.

The model is fitted by iterating the regression of r + γ Σ π(a' | o') Q(o', a') on the features of the logged
play, starting from Q = 0, as many times as the longest session has plays. With linear models each iteration
is a product with matrices that are summed over sessions once. Sources: Le, Voloshin and Yue 2019, "Batch
policy learning under constraints" (the method); Hao et al. 2021, "Bootstrapping fitted Q-evaluation for
off-policy inference" (resampling of sessions for its interval).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from segue.experiments.analysis.statistics.interval import Interval
from segue.experiments.off_policy.arguments import check_arguments
from segue.experiments.off_policy.candidate_features import CandidateFeatures, session_features
from segue.experiments.off_policy.logged_sessions import LoggedSessions
from segue.features.arrays import FloatArray, IntArray

GROUPS = 100
"""Groups of sessions at most, which are resampled together."""
AT_ONCE = 20
"""Models that are fitted at once; their matrices have to fit into memory."""
ROWS = 1000
"""Plays whose candidates are described at once."""
RIDGE = 0.1
"""Penalty on the squared weights of standardised features."""


@dataclass(frozen=True)
class PlayFeatures:
    """Features of the plays of a log, standardised over the logged ones, with a constant as first column.

    Attributes:
        taken: Those of what was played, (N, D).
        expected: Mean over what the target policy would have played, (N, D).
        following: `expected` of the next play in the session, zeros at its end, (N, D).
    """

    taken: FloatArray
    expected: FloatArray
    following: FloatArray

    @classmethod
    def of(
        cls, log: LoggedSessions, target: FloatArray, features: CandidateFeatures = session_features
    ) -> PlayFeatures:
        """Computes the features of a log under a target policy, (N, K)."""
        taken, expected = [], []
        for begin in range(0, len(log.actions), ROWS):
            rows = slice(begin, begin + ROWS)
            found = np.asarray(features({key: part[rows] for key, part in log.observations.items()}))
            taken.append(found[np.arange(len(found)), log.actions[rows]].astype(np.float64))
            expected.append(np.einsum("nk,nkd->nd", target[rows].astype(found.dtype), found, dtype=float))
        return cls._standardised(np.concatenate(taken), np.concatenate(expected), log)

    @classmethod
    def _standardised(cls, taken: FloatArray, expected: FloatArray, log: LoggedSessions) -> PlayFeatures:
        mean, deviation = taken.mean(axis=0), taken.std(axis=0)
        # A feature that never varies says nothing.
        varies = deviation > 1e-9
        both = [
            np.insert((part[:, varies] - mean[varies]) / deviation[varies], 0, 1.0, axis=1)
            for part in (taken, expected)
        ]
        following = np.zeros_like(both[1])
        following[:-1] = both[1][1:]
        following[log.first + log.lengths - 1] = 0.0
        return cls(both[0], both[1], following)


@dataclass(frozen=True)
class GroupSums:
    """What the regressions need of each of G groups of sessions.

    Attributes:
        group_of: Group of each session, (S,).
        squares: Sums of products of the features of plays, (G, D, D).
        ahead: Sums of products of the features of a play with those expected of the next one, (G, D, D).
        rewards: Sums of products of features and rewards, (G, D).
        start: Sums of the features expected of first plays, (G, D).
        sessions: Sessions of each group, (G,).
        iterations: Plays of the longest session.
    """

    group_of: IntArray
    squares: FloatArray
    ahead: FloatArray
    rewards: FloatArray
    start: FloatArray
    sessions: FloatArray
    iterations: int

    @classmethod
    def of(cls, log: LoggedSessions, plays: PlayFeatures) -> GroupSums:
        """Sums over the plays of a log."""
        groups, size = min(GROUPS, log.sessions), plays.taken.shape[1]
        group_of = np.arange(log.sessions) * groups // log.sessions
        squares, ahead, rewards = (np.zeros((groups, size, *more)) for more in ((size,), (size,), ()))
        ends = np.append(log.first[np.searchsorted(group_of, np.arange(groups))], len(log.actions))
        for group, (begin, end) in enumerate(pairwise(ends)):
            rows = plays.taken[begin:end]
            squares[group] = rows.T @ rows
            ahead[group] = rows.T @ plays.following[begin:end]
            rewards[group] = rows.T @ log.rewards[begin:end]
        start = np.zeros((groups, size))
        np.add.at(start, group_of, plays.expected[log.first])
        sessions = np.bincount(group_of, minlength=groups).astype(np.float64)
        return cls(group_of, squares, ahead, rewards, start, sessions, int(log.lengths.max()))

    def weights(self, times: FloatArray, discount: float, ridge: float) -> FloatArray:
        """Fits the model to the groups, each taken a number of times.

        Args:
            times: (M, G), for M models.
            discount: γ.
            ridge: Penalty on the squared weights, except for the constant's.

        Returns:
            Weights, (M, D).
        """
        models, size = len(times), self.rewards.shape[1]
        penalty = np.diag(np.r_[0.0, np.full(size - 1, ridge)])
        # As matrix products, since the sums of all groups are large.
        squares = (times @ self.squares.reshape(len(self.squares), -1)).reshape(models, size, size) + penalty
        ahead = (times @ self.ahead.reshape(len(self.ahead), -1)).reshape(models, size, size)
        rewards = times @ self.rewards
        weights = np.zeros((models, size))
        for model in range(models):
            factor = cho_factor(squares[model])
            for _ in range(self.iterations):
                following = discount * ahead[model] @ weights[model]
                weights[model] = cho_solve(factor, rewards[model] + following)
        return weights

    def values(self, times: FloatArray, discount: float, ridge: float) -> FloatArray:
        """Fits models as `weights` does and returns the mean value that each gives to first plays, (M,)."""
        weights = self.weights(times, discount, ridge)
        return ((times @ self.start) * weights).sum(axis=1) / (times @ self.sessions)


def fitted_q_evaluation(
    log: LoggedSessions,
    target: FloatArray,
    *,
    discount: float = 1.0,
    confidence: float = 0.95,
    features: CandidateFeatures = session_features,
    ridge: float = RIDGE,
    resamples: int = 200,
) -> Interval:
    """Estimates the target policy's mean return by the modelled value of first plays.

    It needs no propensities, and is as good as its model: its bias does not vanish as sessions become many,
    and it is confounded where the logging policy knew more about the listener than the observations show. Its
    interval knows nothing of that bias.

    Args:
        log: The sessions.
        target: Probabilities of the target policy, (N, K).
        discount: γ of the return Σ γᵗ r, from 0 to 1.
        confidence: Between 0 and 1, of the percentile bootstrap interval over (groups of) sessions.
        features: Features of the candidates in the state of their session.
        ridge: Penalty on the squared weights, above 0.
        resamples: Number of resamples, drawn with a fixed seed.

    Raises:
        UserError: An argument is outside its range.
    """
    check_arguments(discount=discount, confidence=confidence, ridge=ridge, resamples=resamples)
    sums = GroupSums.of(log, PlayFeatures.of(log, target, features))
    groups = len(sums.sessions)
    estimate = float(sums.values(np.ones((1, groups)), discount, ridge)[0])
    if groups < 2:
        return Interval(estimate, np.nan, np.nan)
    drawn = np.random.default_rng(0).multinomial(groups, np.full(groups, 1 / groups), size=resamples)
    parts = np.array_split(drawn.astype(np.float64), -(-resamples // AT_ONCE))
    values = np.concatenate([sums.values(times, discount, ridge) for times in parts])
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(estimate, float(low), float(high))
