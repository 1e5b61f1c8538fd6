"""A custom agent: stays near what the listener has liked and keeps transitions small."""

from typing import Any

from segue.agents.base import Batch, ScoringAgent
from segue.features.arrays import AnyArray
from segue.features.catalog.transitions import transition_cost


class Flow(ScoringAgent):
    """Plays the available candidate with the highest −|x − liked|² − smoothness · transition cost.

    `liked` is the decayed average of what this listener has heard to the end, which the environment keeps in
    the context of the observation.

    Args:
        env: The environment it will play in, which knows where things are in an observation.
        seed: Seed of an agent's random numbers; this one draws none.
        smoothness: Weight of the transition against the distance from `liked`, 0 or more.
    """

    def __init__(self, env: Any, seed: int, smoothness: float = 1.0) -> None:
        layout = env.unwrapped.layout
        self._liked = layout.context_slice("liked_mean")
        self._smoothness = smoothness

    def scores(self, observation: Batch, mask: AnyArray) -> AnyArray:
        """Scores the candidates of B sessions, (B, K)."""
        liked = observation["context"][:, None, self._liked]
        distance = ((observation["candidates"] - liked) ** 2).sum(axis=-1)
        return -distance - self._smoothness * transition_cost(observation["transitions"])
