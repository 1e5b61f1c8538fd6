"""Agents for environments whose actions are points in feature space."""

from typing import Any

import gymnasium as gym
import numpy as np

from segue.agents.base import Agent, Batch
from segue.features.arrays import AnyArray


class ContinuousAgent(Agent):
    """An agent whose actions are points, float32 (F,) or (B, F); -1 and 1 stand for the features 0 and 1."""

    action_type = np.float32


class NearestCandidateAgent(ContinuousAgent):
    """Points at what another agent chooses.

    The environment answers a point with the nearest free candidate, which is the chosen one itself.

    Args:
        agent: One that chooses slots.
    """

    def __init__(self, agent: Any) -> None:
        self.agent = agent

    def reset(self, seed: int) -> None:
        """Starts the other agent's random numbers anew."""
        self.agent.reset(seed)

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Asks the other agent and points at its choice."""
        slots, state = self.agent.predict(observation, state, starts, deterministic, action_masks=mask)
        chosen = observation["candidates"][np.arange(len(slots)), slots]
        return 2.0 * chosen - 1.0, state

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """What the other agent has to say of the candidates."""
        said: dict[str, AnyArray] = self.agent.reasons(observation, mask, state)
        return said


def takes_points(env: Any) -> bool:
    """Whether the actions of an environment, scalar or vector, wrapped or not, are points."""
    space = getattr(env.unwrapped, "single_action_space", env.unwrapped.action_space)
    return isinstance(space, gym.spaces.Box)
