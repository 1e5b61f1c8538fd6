"""Engagement: a mood of the session that good plays raise and skips lower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from segue.envs.listener.term import Play, Term, TermContext, normal_from
from segue.features.arrays import FloatArray, IntArray
from segue.features.errors import UserError

if TYPE_CHECKING:
    from segue.envs.core.session import Sessions


@dataclass
class Engagement(Term):
    """Latent level of the session plus a momentum, level + e with e ← ρ e + gain (2·listened − 1) + noise.

    The level is normal over sessions: some listeners skip through everything today, others nothing. The
    momentum makes a skip more likely after a skip, beyond what the level explains. It starts at `opening`:
    the first tracks of a real session are skipped less than later ones.

    Attributes:
        level_spread: Standard deviation of the level.
        persistence: ρ in [0, 1).
        gain: What a track heard to its end adds to the momentum (and a track skipped at once takes).
        noise: Standard deviation of the momentum's own noise.
        opening: Momentum before the first track.

    Source:
        Form ours, fitted to public aggregates of real skip logs (Brost et al. 2019): long runs of skips
        and of keeps rule out a first-order Markov listener.
    """

    normal_noise: ClassVar[bool] = True
    source: ClassVar[str] = "ours, for the skip logs of Brost et al. 2019"

    level_spread: float = 0.5
    persistence: float = 0.8
    gain: float = 0.1
    noise: float = 0.0
    opening: float = 0.0

    def bind(self, context: TermContext) -> None:
        """Takes a level and, where it is noisy, one draw a play."""
        if not 0 <= self.persistence < 1:
            raise UserError(f"Term engagement: persistence must lie in [0, 1), but is {self.persistence}.")
        self.n_draws = self.n_hidden = self.n_state = 1
        self.n_noise = int(self.noise > 0)

    def draw(self, uniforms: FloatArray) -> FloatArray:
        """Draws the level."""
        return self.level_spread * normal_from(uniforms)

    def begin(self, hidden: FloatArray) -> FloatArray:
        """Starts with the opening momentum."""
        return np.full((len(hidden), 1), self.opening)

    def utility(
        self, sessions: Sessions, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Gives the same level and momentum to every candidate."""
        return np.broadcast_to(hidden + state, slots.shape).copy()

    def update(self, sessions: Sessions, play: Play, hidden: FloatArray, state: FloatArray) -> None:
        """Lets the momentum decay and adds what the response says."""
        state[:] = self.persistence * state + self.gain * (2.0 * play.listened[:, None] - 1.0)
        if self.n_noise:
            state += self.noise * play.noise
