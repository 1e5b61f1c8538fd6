"""The one-step oracle: it sees the hidden listener and plays the best next track, ignoring all later ones."""

from typing import Any

from segue.agents.base import Batch, ScoringAgent
from segue.envs import Sessions
from segue.features.arrays import AnyArray
from segue.features.errors import UserError


class GreedyOracle(ScoringAgent):
    """Plays the candidate with the highest expected immediate reward under the true listener.

    It reads the sessions of the environment it was made for, so it can only choose for them.

    Args:
        env: The environment, scalar or vector, wrapped or not.
    """

    def __init__(self, env: Any) -> None:
        self._env = env.unwrapped

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Returns the scores, and what each term of the listener contributes to a candidate's utility."""
        return {**super().reasons(observation, mask, state), **utility_terms(self._env.sessions)}

    def scores(self, observation: Batch, mask: AnyArray) -> AnyArray:
        """Returns the expected immediate reward of each candidate.

        Raises:
            UserError: The observation is not of the environment's sessions.
        """
        expected: AnyArray = self._env.sessions.expected_reward()
        if expected.shape != mask.shape:
            raise UserError(
                f"The oracle was made for an environment of {expected.shape[0]} sessions with pools of "
                f"{expected.shape[1]}, but was asked about {mask.shape[0]} with pools of {mask.shape[1]}."
            )
        return expected


def utility_terms(sessions: Sessions) -> dict[str, AnyArray]:
    """Returns each term's contribution to the utility of the first session's candidates, (K,) each."""
    return {name: part[0] for name, part in sessions.utilities().items()}


def greedy(env: Any, seed: int) -> GreedyOracle:
    """Makes a `GreedyOracle`."""
    return GreedyOracle(env)
