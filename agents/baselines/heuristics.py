"""Agents that follow a fixed rule on the observation alone."""

from typing import Any

import numpy as np

from segue.agents.base import Agent, Batch, ScoringAgent, masked_argmax, uniform_over
from segue.agents.session_draws import session_uniforms
from segue.envs.core.observation import ObservationLayout
from segue.features.arrays import AnyArray, FloatArray
from segue.features.catalog.transitions import transition_cost
from segue.features.errors import UserError


class RandomAgent(Agent):
    """Plays any available candidate with equal probability."""

    def __init__(self, seed: int) -> None:
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Changes the seed; the draws of a session depend on nothing else but the session."""
        self._seed = seed

    def choose(
        self,
        observation: Batch,
        mask: AnyArray,
        state: Any,
        starts: AnyArray | None,
        deterministic: bool,
    ) -> tuple[AnyArray, Any]:
        """Draws one number per candidate and plays the free one with the largest."""
        return masked_argmax(session_uniforms(observation, self._seed, mask.shape[1]), mask), None

    def probabilities(
        self,
        observation: Batch,
        mask: AnyArray,
        state: Any,
        starts: AnyArray | None,
        deterministic: bool,
    ) -> tuple[FloatArray, Any]:
        """Returns equal probabilities; this agent draws even when it is asked to be deterministic."""
        return uniform_over(mask), None


class SmoothAgent(ScoringAgent):
    """Plays the candidate with the least transition cost."""

    def scores(self, observation: Batch, mask: AnyArray) -> AnyArray:
        """Returns minus the transition cost, in which all transition features have equal weight."""
        return -transition_cost(observation["transitions"])


class ShortestAgent(ScoringAgent):
    """Plays the shortest candidate, of which most is likely to be heard before a skip."""

    def scores(self, observation: Batch, mask: AnyArray) -> AnyArray:
        """Returns minus the duration."""
        return -observation["durations"]


class ContentAgent(ScoringAgent):
    """Plays the candidate closest to what this listener has liked and farthest from what was skipped.

    The score is `-w |x - liked|^2 + v |x - disliked|^2`, where w and v in [0, 1] grow with how much has
    been heard and how much skipped: Rocchio's relevance feedback (1971) on audio features. The first track
    is the most typical candidate of the pool, the one closest to the mean of the free ones.

    Args:
        layout: The environment's; gives the position of the liked and disliked means in the context.
    """

    def __init__(self, layout: ObservationLayout) -> None:
        self._context_slice = layout.context_slice

    def scores(self, observation: Batch, mask: AnyArray) -> AnyArray:
        """Returns the weighted distance from the disliked mean minus that from the liked mean."""
        candidates, context = observation["candidates"], observation["context"]
        free = mask[:, :, None]
        typical = (candidates * free).sum(axis=1) / np.maximum(free.sum(axis=1), 1)
        score = np.zeros(mask.shape)
        for name, sign in (("liked", -1.0), ("disliked", 1.0)):
            weight = sign * context[:, self._context_slice(f"{name}_weight")]
            score += weight * _squared_distance(candidates, context[:, self._context_slice(f"{name}_mean")])
        first = context[:, self._context_slice("progress")] <= 0.0
        return np.where(first, -_squared_distance(candidates, typical), score)


def _squared_distance(candidates: AnyArray, centre: AnyArray) -> AnyArray:
    return ((candidates - centre[:, None, :]) ** 2).sum(axis=-1)


def random(env: Any, seed: int) -> Agent:
    """Makes a `RandomAgent`."""
    return RandomAgent(seed)


def smooth(env: Any, seed: int) -> Agent:
    """Makes a `SmoothAgent`."""
    return SmoothAgent()


def shortest(env: Any, seed: int) -> Agent:
    """Makes a `ShortestAgent`.

    Raises:
        UserError: The environment does not show how long the candidates are.
    """
    if not env.unwrapped.layout.has_durations:
        raise UserError(
            "Agent 'shortest' needs to see how long the candidates are; set observe_durations to true in the "
            "environment."
        )
    return ShortestAgent()


def content(env: Any, seed: int) -> Agent:
    """Makes a `ContentAgent`."""
    return ContentAgent(env.unwrapped.layout)
