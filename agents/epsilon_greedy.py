"""Exploration around any agent, with the exact probability of every action."""

from typing import Any

import numpy as np

from segue.agents.base import Agent, Batch, uniform_over
from segue.agents.session_draws import session_keys
from segue.envs.compiled.draws.philox import stream_id, uniform_rows
from segue.features.arrays import AnyArray, FloatArray, Int64Array
from segue.features.errors import UserError

STREAM = np.uint64(stream_id("epsilon-greedy"))


class EpsilonGreedy(Agent):
    """Plays as another agent, but with probability ε any available candidate, all equally likely.

    An action has probability (1 − ε) π(a) + ε / n, where π are the other agent's own probabilities and n is
    the number of available candidates. Actions are drawn from these probabilities, by random numbers that
    belong to the session and the number of its plays. The agent is told what is played, so that its memory
    stays right.

    Args:
        agent: The other agent, which must state its probabilities or be deterministic.
        epsilon: Probability ε of exploring, from 0 to 1.
        seed: Seed of the draws.

    Raises:
        UserError: ε is not from 0 to 1.
    """

    def __init__(self, agent: Agent, epsilon: float, seed: int = 0) -> None:
        if not 0.0 <= epsilon <= 1.0:
            raise UserError(f"epsilon is a probability, from 0 to 1, but is {epsilon!r:.40}.")
        self.agent, self.epsilon = agent, float(epsilon)
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Changes the seed of the draws; the random numbers of the other agent stay as they are."""
        self._seed = seed

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Draws a candidate for each session; `deterministic` only concerns the other agent."""
        probabilities, state = self.probabilities(observation, mask, state, starts, deterministic)
        slots = self.draw(observation, state, probabilities)
        return slots, self.record_played(observation, state, slots)

    def probabilities(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[FloatArray, Any]:
        """Returns the probabilities of all candidates, and the agent's state with the number of plays."""
        inner, plays = (None, np.zeros(len(mask), np.int64)) if state is None else state
        if starts is not None:
            plays = np.where(starts, 0, plays)
        own, inner = self.agent.probabilities(observation, mask, inner, starts, deterministic)
        return (1.0 - self.epsilon) * own + self.epsilon * uniform_over(mask), (inner, plays)

    def record_played(self, observation: Batch, state: Any, slots: AnyArray) -> Any:
        """Tells the other agent what is played, and counts the play."""
        inner, plays = state
        return self.agent.record_played(observation, inner, slots), plays + 1

    def draw(self, observation: Batch, state: Any, probabilities: FloatArray) -> Int64Array:
        """Draws a slot for each session from the probabilities that came with a state, (B,)."""
        _, plays = state
        uniforms = uniform_rows(session_keys(observation), np.uint64(self._seed), STREAM, plays, 1)
        below = np.cumsum(probabilities, axis=1)
        # The first slot whose sum exceeds the number: never one without probability.
        slots: Int64Array = (below > uniforms * below[:, -1:]).argmax(axis=1)
        return slots
