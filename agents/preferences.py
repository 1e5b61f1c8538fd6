"""What a session's responses say of its listener: a Bayesian linear regression on tracks and steps.

A trained agent reads the averages of what was liked, but an average forgets how sure it is and mixes what
always came together. The regression keeps all of it in a few numbers a session and is brought up to date by
recursive least squares (Bishop 2006, section 3.3; Ljung 1999, section 11.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segue.agents.base import Array, Batch
from segue.agents.observed import Observed

Floats = npt.NDArray[np.float64]

USUAL = 0.6
"""Heard fraction that is expected of a track before anything is known."""
SPREADS = (0.1, 0.015, 0.02)
"""Prior variances of the constant, and of the slopes of a feature in [-1, 1] and of a roughness in [0, 1]."""
NOISE = 0.12
"""Variance of a heard fraction around its mean."""
SCALE = 4.0
"""Brings the slopes, a few tenths at most, to the size of a network's other inputs."""


@dataclass
class Preferences:
    """The regression of each of B sessions, with D = 1 + F + T regressors: constant, features, roughness.

    Attributes:
        mean: What the slopes are thought to be, (B, D).
        covariance: How sure that is, (B, D, D).
        played: Regressors of the last play, whose response is still to come, (B, D).
    """

    mean: Floats
    covariance: Floats
    played: Floats

    @classmethod
    def prior(cls, batch: int, observed: Observed) -> Preferences:
        """Begins with what is known of any listener."""
        parts = (1, len(observed.feature_names), len(observed.transition_names))
        size = sum(parts)
        mean = np.zeros((batch, size))
        mean[:, 0] = USUAL
        covariance = np.tile(np.diag(np.repeat(SPREADS, parts)), (batch, 1, 1))
        return cls(mean, covariance, np.zeros((batch, size)))

    def forget(self, rows: Array, observed: Observed) -> None:
        """Begins anew in some sessions.

        Args:
            rows: Their indices, or a mask (B,).
            observed: What the observations hold.
        """
        fresh = self.prior(1, observed)
        self.mean[rows], self.covariance[rows], self.played[rows] = fresh.mean, fresh.covariance, 0.0

    def play(self, observation: Batch, slots: Array, observed: Observed) -> None:
        """Notes what is played next.

        Args:
            observation: What it was chosen from, arrays with a leading axis B.
            slots: The choices, (B,).
            observed: Gives the neutral values of the steps.
        """
        rows, neutral = np.arange(len(slots)), np.asarray(observed.transition_neutral)
        features = 2.0 * observation["candidates"][rows, slots].astype(np.float64) - 1.0
        steps = np.abs(observation["transitions"][rows, slots] - neutral) / np.maximum(neutral, 1.0 - neutral)
        self.played = np.concatenate([np.ones((len(slots), 1)), features, steps], axis=1)

    def after(self, listened: Array) -> Preferences:
        """Learns from the heard fraction of the last play, (B,); a session without one learns nothing."""
        spread = np.einsum("bij,bj->bi", self.covariance, self.played)
        gain = spread / (NOISE + (self.played * spread).sum(axis=1))[:, None]
        surprise = listened - (self.mean * self.played).sum(axis=1)
        return Preferences(
            self.mean + gain * surprise[:, None],
            self.covariance - gain[:, :, None] * spread[:, None, :],
            np.zeros_like(self.played),
        )

    def shown(self) -> npt.NDArray[np.float32]:
        """The slopes as a network reads them, float32 (B, D)."""
        return (SCALE * self.mean).astype(np.float32)
