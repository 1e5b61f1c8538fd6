"""Road noise: traffic masks soft tracks."""

from dataclasses import dataclass

import numpy as np

from segue.envs import Term


@dataclass
class RoadNoise(Term):
    """Cost of tracks softer than the road, −max(noise − loudness, 0).

    The noise of the traffic varies between 0 and 1 during the drive. Listeners differ in how well their car
    insulates them from it.

    Attributes:
        variability: Largest change of the traffic noise per track.
    """

    needs = ("loudness",)
    source = "invented for this example"

    variability: float = 0.2

    def bind(self, context):
        """Requests one number each for the listener, the play and the traffic."""
        self._loudness = context.column_of("loudness", needed_by="term road noise")
        self.n_draws = self.n_hidden = self.n_noise = self.n_state = 1

    def draw(self, uniforms):
        """Draws the share of the noise that enters the car, from one half to all."""
        return 0.5 + 0.5 * uniforms

    def begin(self, hidden):
        """Starts in average traffic."""
        return np.full((len(hidden), 1), 0.5)

    def utility(self, sessions, slots, hidden, state):
        """Computes the cost for candidates, (B, M)."""
        loudness = sessions.features(slots)[:, :, self._loudness]
        return -np.maximum(hidden * state - loudness, 0.0)

    def update(self, sessions, play, hidden, state):
        """Changes the traffic noise."""
        state[:] = np.clip(state + self.variability * (2.0 * play.noise - 1.0), 0.0, 1.0)
