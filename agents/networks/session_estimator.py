"""What an agent makes of a session beyond its observations: steps from earlier tracks, and a regression.

An observation shows the steps from the current track alone, and averages of what was liked, which forget how
sure they are and mix what always came together. The memory keeps, of what the observations showed,

- the trail: the roughness of the steps from the tracks before the current one to each candidate, weighted by
  1/i² for the track i plays back, as DJ-MC weighs them (Liebman, Saar-Tsechansky and Stone 2015), and
- a Bayesian linear regression of the heard fraction on features and roughness, brought up to date by
  recursive least squares (Bishop 2006, section 3.3; Ljung 1999, section 11.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.agents.base import Batch
from segue.agents.networks.observation_spec import ObservationSpec
from segue.features.arrays import AnyArray, Float32Array, FloatArray

BACK = 6
"""Tracks whose steps count, the current one among them."""
USUAL = 0.6
"""Heard fraction that is expected of a track before anything is known."""
SPREADS = (0.1, 0.015, 0.02)
"""Prior variances of the constant, and of the slopes of a feature in [-1, 1] and of a roughness in [0, 1]."""
NOISE = 0.12
"""Variance of a heard fraction around its mean."""
SCALE = 4.0
"""Brings the slopes, a few tenths at most, to the size of a network's other inputs."""


@dataclass(frozen=True)
class SessionEstimator:
    """The memory of B sessions; D = 1 + F + T regressors are the constant, the features and the roughness.

    Attributes:
        steps: Roughness of the steps to each candidate, from the current track first, (B, BACK, K, T).
        mean: What the slopes are thought to be, (B, D).
        covariance: How sure that is, (B, D, D).
        played: Regressors of the last play, whose response is still to come, (B, D).
    """

    steps: Float32Array
    mean: FloatArray
    covariance: FloatArray
    played: FloatArray

    @classmethod
    def fresh(cls, batch: int, pool: int, observation_spec: ObservationSpec) -> SessionEstimator:
        """Begins with what is known of any listener."""
        parts = (1, len(observation_spec.feature_names), len(observation_spec.transition_names))
        mean = np.zeros((batch, sum(parts)))
        mean[:, 0] = USUAL
        covariance = np.tile(np.diag(np.repeat(SPREADS, parts)), (batch, 1, 1))
        steps = np.zeros((batch, BACK, pool, parts[2]), np.float32)
        return cls(steps, mean, covariance, np.zeros_like(mean))

    def seeing(
        self, observation: Batch, observation_spec: ObservationSpec, starts: AnyArray | None = None
    ) -> SessionEstimator:
        """Takes in an observation: the response to the last play, and the steps from it.

        Args:
            observation: Arrays with a leading axis B.
            observation_spec: What they hold.
            starts: bool (B,), True where a new session begins and the old one is forgotten.

        Returns:
            Another memory; this one stays as it is.
        """
        pool = observation["candidates"].shape[1]
        listened = observation["context"][:, observation_spec.context_slice("last_listened")][:, 0]
        mean, covariance = self._after(listened)
        steps = self.steps
        if starts is not None and starts.any():
            first = self.fresh(1, pool, observation_spec)
            mean[starts], covariance[starts] = first.mean, first.covariance
            steps = np.where(starts[:, None, None, None], np.float32(0.0), steps)
        neutral = np.asarray(observation_spec.transition_neutral, np.float32)
        rough = np.abs(observation["transitions"] - neutral) / np.maximum(neutral, 1.0 - neutral)
        steps = np.concatenate([rough[:, None], steps[:, :-1]], axis=1)
        return SessionEstimator(steps, mean, covariance, np.zeros_like(self.played))

    def _after(self, listened: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Mean and covariance after the heard fractions (B,) of the last plays; where none was, as before."""
        spread = np.einsum("bij,bj->bi", self.covariance, self.played)
        gain = spread / (NOISE + (self.played * spread).sum(axis=1))[:, None]
        surprise = listened - (self.mean * self.played).sum(axis=1)
        mean = self.mean + gain * surprise[:, None]
        return mean, self.covariance - gain[:, :, None] * spread[:, None, :]

    def _transition_history(self) -> Float32Array:
        """Roughness from the tracks before the current one, (B, K, T)."""
        fading = np.array([1.0 / back**2 for back in range(2, BACK + 1)], np.float32)
        return np.tensordot(fading, self.steps[:, 1:], axes=(0, 1))

    def playing(self, observation: Batch, slots: AnyArray) -> SessionEstimator:
        """Notes what is played next: slots (B,), chosen from the observation that was seen last."""
        rows = np.arange(len(slots))
        features = 2.0 * observation["candidates"][rows, slots].astype(np.float64) - 1.0
        rough = (self.steps[:, 0] + self._transition_history())[rows, slots]
        played = np.concatenate([np.ones((len(slots), 1)), features, rough], axis=1)
        return SessionEstimator(self.steps, self.mean, self.covariance, played)

    def session_estimates(self, observation: Batch) -> Float32Array:
        """Writes what a network is to read of each candidate.

        Args:
            observation: The one that was seen last.

        Returns:
            float32 (B, K, F + 2 T + 1): what the regression expects of each feature, of each step and of all
            of the candidate, and the trail.
        """
        transition_history, slopes = (
            self._transition_history(),
            (SCALE * self.mean).astype(np.float32)[:, None, :],
        )
        count = observation["candidates"].shape[2]
        liked = (2.0 * observation["candidates"] - 1.0) * slopes[:, :, 1 : 1 + count]
        bridged = (self.steps[:, 0] + transition_history) * slopes[:, :, 1 + count :]
        whole = liked.sum(axis=2, keepdims=True) + bridged.sum(axis=2, keepdims=True) + slopes[:, :, :1]
        return np.concatenate([liked, bridged, whole, transition_history], axis=2)
