"""Agents for environments whose actions are points in feature space."""

from typing import Any

import gymnasium as gym
import numpy as np

from segue.agents.base import Agent, Batch
from segue.features.arrays import AnyArray, FloatArray
from segue.features.errors import UserError


class ContinuousAgent(Agent):
    """An agent whose actions are points, float32 (F,) or (B, F); -1 and 1 stand for the features 0 and 1."""

    action_dtype = np.float32


class NearestCandidateAgent(ContinuousAgent):
    """Adapts an agent that chooses slots to continuous actions: it returns the chosen candidate's features.

    The environment plays the available candidate nearest to a point, which is the chosen one itself.

    Args:
        agent: An agent that chooses slots.
    """

    def __init__(self, agent: Any) -> None:
        self.agent = agent

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.agent!r}>"

    def reset(self, seed: int) -> None:
        """Restarts the random numbers of the adapted agent."""
        self.agent.reset(seed)

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Returns the point of the candidate that the adapted agent chooses."""
        slots, state = self.agent.predict(observation, state, starts, deterministic, action_masks=mask)
        chosen = observation["candidates"][np.arange(len(slots)), slots]
        return 2.0 * chosen - 1.0, state

    def probabilities(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[FloatArray, Any]:
        """Returns the probabilities of the candidates that the adapted agent may choose."""
        found: tuple[FloatArray, Any] = self.agent.probabilities(
            observation, mask, state, starts, deterministic
        )
        return found

    def record_played(self, observation: Batch, state: Any, slots: AnyArray) -> Any:
        """Tells the adapted agent what is played."""
        return self.agent.record_played(observation, state, slots)

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Returns the reasons of the adapted agent."""
        reasons: dict[str, AnyArray] = self.agent.reasons(observation, mask, state)
        return reasons


def has_continuous_actions(env: Any) -> bool:
    """Returns whether the actions of an environment, scalar or vector, wrapped or not, are points."""
    space = getattr(env.unwrapped, "single_action_space", env.unwrapped.action_space)
    return isinstance(space, gym.spaces.Box)


def require_continuous_actions(agent: str, env: Any) -> None:
    """Refuses an environment whose actions are slots.

    Args:
        agent: The agent's name, for the message.
        env: The environment, scalar or vector, wrapped or not.

    Raises:
        UserError: Its actions are not points.
    """
    if not has_continuous_actions(env):
        raise UserError(
            f"Agent {agent!r} chooses points in feature space; use an environment with action='continuous', "
            "such as segue/PlaylistContinuous-v0."
        )
