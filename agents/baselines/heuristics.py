"""Agents that follow a plain rule and see no more than the observation."""

from typing import Any

import numpy as np

from segue.agents.base import Agent, Batch, ScoringAgent, best_available
from segue.envs.core.observation import ObservationLayout
from segue.features.arrays import AnyArray
from segue.features.catalog.transitions import transition_cost


class RandomAgent(Agent):
    """Plays any free candidate with equal probability."""

    def __init__(self, seed: int) -> None:
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Starts the random numbers anew."""
        self._rng = np.random.default_rng(seed)

    def choose(
        self,
        observation: Batch,
        mask: AnyArray,
        state: Any,
        starts: AnyArray | None,
        deterministic: bool,
    ) -> tuple[AnyArray, Any]:
        """Draws one key a candidate and plays the free one with the largest."""
        return best_available(self._rng.random(mask.shape), mask), None


class SmoothAgent(ScoringAgent):
    """Plays the candidate with the least transition cost."""

    def scores(self, observation: Batch, mask: AnyArray) -> AnyArray:
        """Minus the transition cost, every transition feature counting alike."""
        return -transition_cost(observation["transitions"])


class ContentAgent(ScoringAgent):
    """Plays the candidate nearest to what this listener has liked and farthest from what was refused.

    The score is `-w |x - liked|^2 + v |x - disliked|^2`, where w and v in [0, 1] grow with how much has
    been heard and how much skipped: Rocchio's relevance feedback (1971) on audio features. As long as
    nothing has been heard it plays the most typical candidate of the pool.

    Args:
        layout: Says where the context holds what was liked and disliked.
    """

    def __init__(self, layout: ObservationLayout) -> None:
        self._at = layout.context_slice

    def scores(self, observation: Batch, mask: AnyArray) -> AnyArray:
        """Nearness to the liked mean and distance from the disliked one."""
        candidates, context = observation["candidates"], observation["context"]
        free = mask[:, :, None]
        typical = (candidates * free).sum(axis=1) / np.maximum(free.sum(axis=1), 1)
        score = np.zeros(mask.shape)
        for name, sign in (("liked", -1.0), ("disliked", 1.0)):
            weight = sign * context[:, self._at(f"{name}_weight")]
            score += weight * _squared_distance(candidates, context[:, self._at(f"{name}_mean")])
        first = context[:, self._at("progress")] <= 0.0
        return np.where(first, -_squared_distance(candidates, typical), score)


def _squared_distance(candidates: AnyArray, centre: AnyArray) -> AnyArray:
    return ((candidates - centre[:, None, :]) ** 2).sum(axis=-1)


def random(env: Any, seed: int) -> Agent:
    """Makes a `RandomAgent`."""
    return RandomAgent(seed)


def smooth(env: Any, seed: int) -> Agent:
    """Makes a `SmoothAgent`."""
    return SmoothAgent()


def content(env: Any, seed: int) -> Agent:
    """Makes a `ContentAgent`."""
    return ContentAgent(env.unwrapped.layout)
