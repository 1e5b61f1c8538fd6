"""The one-step oracle: it sees the hidden listener and plays the best next track, blind to all later ones."""

from typing import Any

import pandas as pd

from segue.agents.base import Array, Batch, Observation, ScoringAgent
from segue.features.errors import UserError


class GreedyOracle(ScoringAgent):
    """Plays the candidate with the highest expected immediate reward under the true listener.

    It reads the sessions of the environment it was made for, so it can only choose for them.
    """

    def __init__(self, env: Any) -> None:
        self._env = env.unwrapped

    def explain(self, observation: Observation) -> pd.DataFrame:
        """Adds what each term of the listener contributes to the utility of a candidate."""
        shown = super().explain(observation)
        terms = self._env.sessions.utilities()
        return shown.assign(**{name: part[0] for name, part in terms.items()})

    def scores(self, observation: Batch, mask: Array) -> Array:
        """The expected immediate reward of each candidate."""
        expected: Array = self._env.sessions.expected_reward()
        if expected.shape != mask.shape:
            raise UserError(
                f"The oracle was made for an environment of {expected.shape[0]} sessions with pools of "
                f"{expected.shape[1]}, but was asked about {mask.shape[0]} with pools of {mask.shape[1]}."
            )
        return expected


def greedy(env: Any, seed: int) -> GreedyOracle:
    """Makes a :class:`GreedyOracle`."""
    return GreedyOracle(env)
