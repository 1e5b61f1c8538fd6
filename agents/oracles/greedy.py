"""The one-step oracle: it sees the hidden listener and plays the best next track, blind to all later ones."""

from typing import Any

from segue.agents.base import Batch, ScoringAgent
from segue.envs import Sessions
from segue.features.arrays import AnyArray
from segue.features.errors import UserError


class GreedyOracle(ScoringAgent):
    """Plays the candidate with the highest expected immediate reward under the true listener.

    It reads the sessions of the environment it was made for, so it can only choose for them.
    """

    def __init__(self, env: Any) -> None:
        self._env = env.unwrapped

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Adds what each term of the listener contributes to the utility of a candidate."""
        return {**super().reasons(observation, mask, state), **terms_of(self._env.sessions)}

    def scores(self, observation: Batch, mask: AnyArray) -> AnyArray:
        """The expected immediate reward of each candidate."""
        expected: AnyArray = self._env.sessions.expected_reward()
        if expected.shape != mask.shape:
            raise UserError(
                f"The oracle was made for an environment of {expected.shape[0]} sessions with pools of "
                f"{expected.shape[1]}, but was asked about {mask.shape[0]} with pools of {mask.shape[1]}."
            )
        return expected


def terms_of(sessions: Sessions) -> dict[str, AnyArray]:
    """What each term contributes to the utility of every candidate of the first session, (K,) each."""
    return {name: part[0] for name, part in sessions.utilities().items()}


def greedy(env: Any, seed: int) -> GreedyOracle:
    """Makes a `GreedyOracle`."""
    return GreedyOracle(env)
