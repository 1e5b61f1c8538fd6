"""Estimates of a listener's preferences from the responses of one session, as inputs of a network.

An observation shows the transitions from the current track alone, and averages of what was liked: these carry
no uncertainty and confound features that always came together. The estimator keeps, from the observations so
far,

- the transition history: the distances of the transitions from the tracks before the current one to each
  candidate, weighted by 1/i² for the track i plays back, as in DJ-MC (Liebman, Saar-Tsechansky and Stone
  2015), and
- a Bayesian linear regression of the heard fraction on features and transition distances, updated by
  recursive least squares (Bishop 2006, section 3.3; Ljung 1999, section 11.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.agents.base import Batch
from segue.agents.networks.observation_spec import ObservationSpec
from segue.features.arrays import AnyArray, Float32Array, FloatArray

HISTORY_LENGTH = 6
"""Tracks whose transitions to a candidate count, the current one among them."""
PRIOR_LISTENED = 0.6
"""Heard fraction that is expected of any track at the start of a session."""
PRIOR_VARIANCES = (0.1, 0.015, 0.02)
"""Prior variances of the constant, of the slope of a feature in [-1, 1] and of a distance in [0, 1]."""
NOISE_VARIANCE = 0.12
"""Variance of a heard fraction around its mean."""
SLOPE_SCALE = 4.0
"""Scales the slopes, a few tenths at most, to the size of a network's other inputs."""


@dataclass(frozen=True)
class SessionEstimator:
    """The estimates for B sessions; D = 1 + F + T regressors: the constant, the features and the distances.

    Attributes:
        distances: Distances of the transitions to each candidate, from the current track first,
            (B, HISTORY_LENGTH, K, T).
        mean: Posterior mean of the regression's weights, (B, D).
        covariance: Their posterior covariance, (B, D, D).
        last_regressors: Regressors of the last play, whose response is still to come, (B, D).
    """

    distances: Float32Array
    mean: FloatArray
    covariance: FloatArray
    last_regressors: FloatArray

    @classmethod
    def initial(cls, batch: int, pool: int, observation_spec: ObservationSpec) -> SessionEstimator:
        """Returns the prior, for sessions that have not begun.

        Args:
            batch: Sessions B.
            pool: Candidates K.
            observation_spec: What the observations hold.
        """
        parts = (1, len(observation_spec.feature_names), len(observation_spec.transition_names))
        mean = np.zeros((batch, sum(parts)))
        mean[:, 0] = PRIOR_LISTENED
        covariance = np.tile(np.diag(np.repeat(PRIOR_VARIANCES, parts)), (batch, 1, 1))
        distances = np.zeros((batch, HISTORY_LENGTH, pool, parts[2]), np.float32)
        return cls(distances, mean, covariance, np.zeros_like(mean))

    def update(
        self, observation: Batch, observation_spec: ObservationSpec, starts: AnyArray | None = None
    ) -> SessionEstimator:
        """Takes in an observation: the response to the last play, and the transitions from it.

        Args:
            observation: Arrays with a leading axis B.
            observation_spec: What they hold.
            starts: bool (B,), True where a new session begins and the estimates return to the prior.

        Returns:
            A new estimator; this one is left unchanged.
        """
        pool = observation["candidates"].shape[1]
        listened = observation["context"][:, observation_spec.context_slice("last_listened")][:, 0]
        mean, covariance = self._posterior(listened)
        distances = self.distances
        if starts is not None and starts.any():
            prior = self.initial(1, pool, observation_spec)
            mean[starts], covariance[starts] = prior.mean, prior.covariance
            distances = np.where(starts[:, None, None, None], np.float32(0.0), distances)
        neutral = np.asarray(observation_spec.transition_neutral, np.float32)
        current = np.abs(observation["transitions"] - neutral) / np.maximum(neutral, 1.0 - neutral)
        distances = np.concatenate([current[:, None], distances[:, :-1]], axis=1)
        return SessionEstimator(distances, mean, covariance, np.zeros_like(self.last_regressors))

    def record_action(self, observation: Batch, slots: AnyArray) -> SessionEstimator:
        """Records which candidates are played next.

        Args:
            observation: The one of the last `update`.
            slots: The candidates played, int (B,).

        Returns:
            A new estimator; this one is left unchanged.
        """
        rows = np.arange(len(slots))
        features = 2.0 * observation["candidates"][rows, slots].astype(np.float64) - 1.0
        distances = (self.distances[:, 0] + self._transition_history())[rows, slots]
        regressors = np.concatenate([np.ones((len(slots), 1)), features, distances], axis=1)
        return SessionEstimator(self.distances, self.mean, self.covariance, regressors)

    def session_estimates(self, observation: Batch) -> Float32Array:
        """Computes the inputs of a network for each candidate.

        Args:
            observation: The one of the last `update`.

        Returns:
            float32 (B, K, F + 2 T + 1): the regression's contribution of each feature and of each transition
            distance, its prediction for the candidate (all times SLOPE_SCALE), and the transition history.
        """
        history = self._transition_history()
        slopes = (SLOPE_SCALE * self.mean).astype(np.float32)[:, None, :]
        count = observation["candidates"].shape[2]
        by_feature = (2.0 * observation["candidates"] - 1.0) * slopes[:, :, 1 : 1 + count]
        by_distance = (self.distances[:, 0] + history) * slopes[:, :, 1 + count :]
        sums = by_feature.sum(axis=2, keepdims=True) + by_distance.sum(axis=2, keepdims=True)
        return np.concatenate([by_feature, by_distance, sums + slopes[:, :, :1], history], axis=2)

    def rows(self, rows: AnyArray) -> SessionEstimator:
        """Returns the estimates of some of the sessions."""
        return SessionEstimator(
            self.distances[rows], self.mean[rows], self.covariance[rows], self.last_regressors[rows]
        )

    def _posterior(self, listened: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Computes mean and covariance after the heard fractions (B,) of the last plays.

        Where nothing was played, the regressors are 0 and both stay as they are.
        """
        spread = np.einsum("bij,bj->bi", self.covariance, self.last_regressors)
        gain = spread / (NOISE_VARIANCE + (self.last_regressors * spread).sum(axis=1))[:, None]
        error = listened - (self.mean * self.last_regressors).sum(axis=1)
        mean = self.mean + gain * error[:, None]
        return mean, self.covariance - gain[:, :, None] * spread[:, None, :]

    def _transition_history(self) -> Float32Array:
        """Weighted distances from the tracks before the current one, (B, K, T)."""
        weights = np.array([1.0 / back**2 for back in range(2, HISTORY_LENGTH + 1)], np.float32)
        return np.tensordot(weights, self.distances[:, 1:], axes=(0, 1))
