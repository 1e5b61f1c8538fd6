"""Drift: what is played moves the taste itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from segue.envs.listener.term import Play, Term, TermContext
from segue.features.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from segue.envs.core.session import Sessions


@dataclass
class Drift(Term):
    """Moves the taste after each play, Δu = ±rate (0.3 − 0.3|u|) · x̃ ∘ (x̃ − u), with x̃ = 2x − 1.

    The sign is + with probability (x̃·u/F + 1)/2: what is liked pulls the taste nearer, what is disliked
    pushes it away. It has no utility of its own; it works on the state of `taste`.

    Attributes:
        rate: Factor on the published step; 1 is the published one.

    Source:
        The interest evolution environment of RecSim (Ie et al. 2019), whose topic vectors are here features
        centred to [−1, 1].
    """

    source: ClassVar[str] = "RecSim interest evolution, Ie et al. 2019"
    works_on: ClassVar[tuple[str, ...]] = ("taste",)

    rate: float = 1.0

    def bind(self, context: TermContext) -> None:
        """Takes one draw a play, for the sign."""
        self.n_noise = 1

    def utility(
        self, sessions: Sessions, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Adds nothing: drift acts through the taste."""
        return np.zeros(slots.shape)

    def update(self, sessions: Sessions, play: Play, hidden: FloatArray, state: FloatArray) -> None:
        """Moves the taste of every session where a track was heard."""
        taste = sessions.state_of("taste")
        centred = 2.0 * sessions.features(play.slots[:, None])[:, 0].astype(np.float64) - 1.0
        likes = ((centred * taste).mean(axis=1) + 1.0) / 2.0
        sign = np.where(play.noise[:, 0] < likes, 1.0, -1.0) * play.heard
        step = (0.3 - 0.3 * np.abs(taste)) * centred * (centred - taste)
        taste[:] = np.clip(taste + self.rate * sign[:, None] * step, -1.0, 1.0)
