"""Road noise: in traffic, soft tracks drown."""

from dataclasses import dataclass

import numpy as np

from segue.envs import Term


@dataclass
class RoadNoise(Term):
    """Cost of what the road drowns, −max(noise − loudness, 0).

    The noise of a drive goes up and down between 0 and 1 with the traffic. Listeners differ in how well
    their car keeps it out.

    Attributes:
        roughness: How much the traffic changes from track to track.
    """

    needs = ("loudness",)
    source = "our own commute"

    transition_distance: float = 0.2

    def bind(self, context):
        """Says how many numbers a listener, a play and the traffic take."""
        self._loudness = context.column_of("loudness", needed_by="term road noise")
        self.n_draws = self.n_hidden = self.n_noise = self.n_state = 1

    def draw(self, uniforms):
        """Draws how much of the noise comes in, from half of it to all of it."""
        return 0.5 + 0.5 * uniforms

    def begin(self, hidden):
        """Starts in middling traffic."""
        return np.full((len(hidden), 1), 0.5)

    def utility(self, sessions, slots, hidden, state):
        """Computes the cost for candidates, (B, M)."""
        loudness = sessions.features(slots)[:, :, self._loudness]
        return -np.maximum(hidden * state - loudness, 0.0)

    def update(self, sessions, play, hidden, state):
        """Lets the traffic change."""
        state[:] = np.clip(state + self.transition_distance * (2.0 * play.noise - 1.0), 0.0, 1.0)
