"""Agents that follow a plain rule and see no more than the observation."""

from typing import Any

import numpy as np
from segue.agents.base import Agent, Array, Batch, ScoringAgent, best_available
from segue.features.transitions import transition_cost


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
        mask: Array,
        state: Any,
        starts: Array | None,
        deterministic: bool,
    ) -> tuple[Array, Any]:
        """Draws one key a candidate and plays the free one with the largest."""
        return best_available(self._rng.random(mask.shape), mask), None


class SmoothAgent(ScoringAgent):
    """Plays the candidate with the least transition cost."""

    def scores(self, observation: Batch, mask: Array) -> Array:
        """Minus the transition cost, every transition feature counting alike."""
        return -transition_cost(observation["transitions"])


class ContentAgent(ScoringAgent):
    """Plays the candidate nearest to what this listener has liked so far.

    The liked direction is worth as much as the listening behind it: with a liked weight w in [0, 1] the
    score is ``-w |x - liked|^2 + (1 - w) |x - heard|^2``, so that a listener who has liked nothing yet is
    offered something unlike what has just been refused. The first track is the most typical of the pool.
    """

    def __init__(self, liked: slice, weight: slice, heard: slice, progress: slice) -> None:
        self._liked, self._weight, self._heard, self._progress = liked, weight, heard, progress

    def scores(self, observation: Batch, mask: Array) -> Array:
        """Nearness to the liked mean, balanced with distance from what was refused."""
        candidates, context = observation["candidates"], observation["context"]
        free = mask[:, :, None]
        typical = (candidates * free).sum(axis=1) / np.maximum(free.sum(axis=1), 1)
        weight = np.clip(context[:, self._weight], 0.0, 1.0)
        near = -_squared_distance(candidates, context[:, self._liked])
        new = _squared_distance(candidates, context[:, self._heard])
        score = weight * near + (1.0 - weight) * new
        first = context[:, self._progress] <= 0.0
        return np.where(first, -_squared_distance(candidates, typical), score)


def _squared_distance(candidates: Array, centre: Array) -> Array:
    return ((candidates - centre[:, None, :]) ** 2).sum(axis=-1)


def random(env: Any, seed: int) -> Agent:
    """Makes a :class:`RandomAgent`."""
    return RandomAgent(seed)


def smooth(env: Any, seed: int) -> Agent:
    """Makes a :class:`SmoothAgent`."""
    return SmoothAgent()


def content(env: Any, seed: int) -> Agent:
    """Makes a :class:`ContentAgent` that knows where the environment's context holds what was liked."""
    at = env.unwrapped.layout.context_slice
    return ContentAgent(at("liked_mean"), at("liked_weight"), at("heard_mean"), at("progress"))
