"""The response to a track: how much of it is heard before the listener skips."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from segue.envs.compiled.batch_arrays import SkipHazardConstants
from segue.envs.compiled.hazards import listened_fractions
from segue.features.arrays import FloatArray
from segue.features.errors import UserError

USUAL_DURATION = 210.0
"""Duration assumed for tracks of unknown duration, in s."""

QUANTILES = (np.arange(256) + 0.5) / 256
"""Draws used to compute the expectations of response models without closed forms."""


class ResponseModel(ABC):
    """How much of a track is heard, given its utility.

    A custom model is a dataclass that inherits this class; a configuration names it as
    `response: {model: "module:Class", **settings}`.
    """

    @abstractmethod
    def listened(self, uniform: FloatArray, utility: FloatArray, duration: FloatArray) -> FloatArray:
        """Turns uniform draws into heard fractions.

        Args:
            uniform: One uniform draw per play, (B,).
            utility: Utility of the play, (B,).
            duration: Length of the track in s, (B,).

        Returns:
            Fractions in [0, 1], (B,); exactly 1.0 where the track was heard to its end.
        """

    def expected(self, utility: FloatArray, duration: FloatArray) -> FloatArray:
        """Computes the expected heard fraction of plays of any shape, by default over `QUANTILES`."""
        return np.mean([self._at(draw, utility, duration) for draw in QUANTILES], axis=0)

    def completion(self, utility: FloatArray) -> FloatArray:
        """Computes the probability that tracks of `USUAL_DURATION` are heard to their end."""
        usual = np.full_like(utility, USUAL_DURATION)
        return np.mean([self._at(draw, utility, usual) >= 1.0 for draw in QUANTILES], axis=0)

    @property
    def constants(self) -> SkipHazardConstants:
        """Constants of the compiled loop; zeros for custom models, which run in NumPy."""
        return SkipHazardConstants()

    def _at(self, draw: float, utility: FloatArray, duration: FloatArray) -> FloatArray:
        flat = utility.ravel()
        return self.listened(np.full(flat.size, draw), flat, duration.ravel()).reshape(utility.shape)


@dataclass(frozen=True)
class SkipHazard(ResponseModel):
    """In-track skip hazard h(τ) = h₀(τ)·exp(−β U).

    The base hazard h₀ is constant between the start, 5 s, 30 s and the end of a track. At utility U = centre,
    the shares of plays skipped by 5 s, by 30 s and by the end are the three settings, and
    P(listened beyond τ) = exp(−exp(−β U) ∫₀^τ h₀).

    Attributes:
        beta: Sensitivity β to the utility, above 0.
        skipped_5s: Share skipped within 5 s at U = centre.
        skipped_30s: Share skipped within 30 s at U = centre.
        skipped: Share skipped before the end at U = centre.
        centre: Utility at which the shares hold; for listeners whose utility is never near 0.

    Source:
        The shares of 24 %, 35 % and 49 % are Spotify's (Lamere 2014; Montecchio et al. 2020); the
        proportional hazard is Cox's.
    """

    beta: float = 1.0
    skipped_5s: float = 0.24
    skipped_30s: float = 0.35
    skipped: float = 0.49
    centre: float = 0.0

    def __post_init__(self) -> None:
        if not self.beta > 0:
            raise UserError(f"Response: beta must be above 0, but is {self.beta}.")
        if not 0 < self.skipped_5s < self.skipped_30s < self.skipped < 1:
            raise UserError("Response: skipped_5s, skipped_30s and skipped must increase and lie in (0, 1).")

    @property
    def constants(self) -> SkipHazardConstants:
        """Returns β and the cumulative base hazard at 5 s, 30 s and the end."""
        return SkipHazardConstants(float(self.beta), *self._cumulative()[1:].tolist())

    def _cumulative(self) -> FloatArray:
        shares = np.array([0.0, self.skipped_5s, self.skipped_30s, self.skipped])
        return -np.log1p(-shares) * np.exp(self.beta * self.centre)

    @staticmethod
    def _breakpoints(duration: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Returns the two times in s at which the hazard changes; in short tracks they are earlier."""
        return np.minimum(5.0, duration / 10.0), np.minimum(30.0, duration / 2.0)

    def listened(self, uniform: FloatArray, utility: FloatArray, duration: FloatArray) -> FloatArray:
        """Finds the heard fraction by inverting the survival function; see `ResponseModel`."""
        return listened_fractions(uniform, utility, duration, self.constants)

    def expected(self, utility: FloatArray, duration: FloatArray) -> FloatArray:
        """Computes the expected heard fraction, ∫ survival / duration, in closed form."""
        base = self._cumulative()
        hazard = np.exp(-self.beta * utility)
        early, settled = self._breakpoints(duration)
        area = np.zeros_like(utility)
        for piece, seconds in enumerate((early, settled - early, duration - settled)):
            rise = hazard * (base[piece + 1] - base[piece])
            lost = -np.expm1(-rise)
            if piece:  # at the beginning of the first one all are listening
                lost *= np.exp(-hazard * base[piece])
            area += lost / np.maximum(rise, 1e-300) * seconds
        return area / duration

    def base_hazard(self, seconds: FloatArray, duration: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Computes the base hazard h₀ at some time, and its integral until then.

        Args:
            seconds: Time since the start of the track in s, above 0 and at most `duration`, (N,).
            duration: Length of the track in s, (N,).

        Returns:
            h₀(τ) per s and ∫₀^τ h₀, (N,) each. The play is heard beyond τ with the probability
            exp(−exp(−β U) ∫₀^τ h₀).
        """
        base = self._cumulative()
        early, settled = self._breakpoints(duration)
        starts = np.stack([np.zeros_like(early), early, settled, duration])
        piece = (seconds > early).astype(np.intp) + (seconds > settled)
        rows = np.arange(len(seconds))
        begin, end = starts[piece, rows], starts[piece + 1, rows]
        rate = (base[piece + 1] - base[piece]) / (end - begin)
        return rate, base[piece] + rate * (seconds - begin)

    def completion(self, utility: FloatArray) -> FloatArray:
        """Computes the probability that the track is heard to its end."""
        return np.exp(-np.exp(-self.beta * utility) * self._cumulative()[3])
