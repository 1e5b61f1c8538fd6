"""The departure: when the listener ends the session."""

from __future__ import annotations

from dataclasses import dataclass

from segue.envs.compiled.batch_arrays import AbandonHazardConstants
from segue.envs.compiled.hazards import leaving_probabilities
from segue.features.arrays import FloatArray, Int64Array
from segue.features.errors import UserError


@dataclass(frozen=True)
class AbandonHazard:
    """Hazard of leaving after track t, logit h = a + b·skips − c·ema + (κ − 1)·log(t/λ).

    `skips` counts consecutive skips and `ema` is an exponential moving average of the utility.

    Attributes:
        never: Whether the listener always stays to the end.
        a: Intercept.
        b: Effect of each consecutive skip, at least 0.
        c: Effect of recent utility, at least 0.
        shape: Weibull shape κ; below 1 the hazard falls the longer a listener has stayed.
        scale: Weibull scale λ in tracks.
        decay: Weight of the past in the moving average, in [0, 1).

    Source:
        Weibull session lengths: Vasiloudis et al. 2017. The effect of skips and utility is ours.
    """

    never: bool = False
    a: float = -4.0
    b: float = 0.5
    c: float = 0.5
    shape: float = 1.0
    scale: float = 10.0
    decay: float = 0.7

    def __post_init__(self) -> None:
        if not 0 <= self.decay < 1:
            raise UserError(f"Departure: decay must lie in [0, 1), but is {self.decay}.")
        if min(self.b, self.c) < 0 or min(self.shape, self.scale) <= 0:
            raise UserError("Departure: b and c must be 0 or more, and shape and scale above 0.")

    def probability(self, played: Int64Array, skips: Int64Array, ema: FloatArray) -> FloatArray:
        """Computes the probability of leaving after the last play.

        Args:
            played: Tracks played so far, at least 1, (B,).
            skips: Consecutive skips so far, (B,).
            ema: Moving average of the utility, (B,).
        """
        return leaving_probabilities(played, skips, ema, self.constants)

    @property
    def constants(self) -> AbandonHazardConstants:
        """The constants that the compiled loops read."""
        numbers = (self.a, self.b, self.c, self.shape, self.scale, self.decay)
        return AbandonHazardConstants(bool(self.never), *map(float, numbers))
