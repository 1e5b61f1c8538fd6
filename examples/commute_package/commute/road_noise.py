"""Road noise: in traffic, quiet tracks are drowned out."""

from dataclasses import dataclass

import numpy as np

from segue.envs import Play, SessionsView, Term, TermContext

Array = np.ndarray


@dataclass
class RoadNoise(Term):
    """Cost of quiet tracks, −max(a · n − loudness, 0).

    The noise n of the road, in [0, 1], follows the traffic: a random walk that starts at 0.5. Cars differ in
    the share a of it that gets in, uniform in [0.5, 1].

    Attributes:
        change: Largest change of the noise from one track to the next, 0 to 1.
    """

    needs = ("loudness",)
    source = "an assumption of this example"

    change: float = 0.2

    def bind(self, context: TermContext) -> None:
        """Finds the feature it needs and declares its columns: one each for a, n and the random walk."""
        self._loudness = context.column_of("loudness", needed_by="term road_noise")
        self.n_draws = self.n_hidden = self.n_noise = self.n_state = 1

    def draw(self, uniforms: Array) -> Array:
        """Draws a for R listeners, (R, 1)."""
        return 0.5 + 0.5 * uniforms

    def begin(self, hidden: Array) -> Array:
        """Returns the noise at the start of R sessions, (R, 1)."""
        return np.full((len(hidden), 1), 0.5)

    def utility(self, sessions: SessionsView, slots: Array, hidden: Array, state: Array) -> Array:
        """Computes the cost of the candidates in `slots`, (B, M)."""
        loudness = sessions.features(slots)[:, :, self._loudness]
        return -np.maximum(hidden * state - loudness, 0.0)

    def update(self, sessions: SessionsView, play: Play, hidden: Array, state: Array) -> None:
        """Takes a step of the random walk."""
        state[:] = np.clip(state + self.change * (2.0 * play.noise - 1.0), 0.0, 1.0)
