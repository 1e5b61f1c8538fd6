"""The reference: an agent that knows the population of listeners, but not the listener of its session.

It shows what can be done without seeing the listener. It is not an upper bound: it plans for the mean of its
particles and not for what it could still find out, so that a learner may pass it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from segue.agents.base import Agent, Batch, masked_argmax
from segue.agents.oracles.belief import Belief
from segue.agents.oracles.greedy import utility_terms
from segue.agents.oracles.planning.beam_search import beam_search
from segue.agents.oracles.planning.local_search import local_search
from segue.agents.session_draws import session_generator
from segue.features.arrays import AnyArray
from segue.features.errors import UserError

SEARCH_TRIES = 24
"""Changes of a plan that are tried in a round of the local search."""


@dataclass
class _SessionState:
    belief: Belief
    last_slot: int


class BeliefPlanner(Agent):
    """Plans the rest of the session for the posterior mean of the listener, again at every track.

    The state that `predict` returns holds the particles; the next call changes it in place.

    Args:
        env: The environment whose sessions it plays. It reads their population, pools and responses, but
            never the parameters of a listener.
        seed: Seed of its particles.
        particles: Particles per session.
        moves: Markov chain Monte Carlo moves at a resampling.
        beam_width: Partial plans that the beam search keeps; 0 looks one track ahead instead, at the mean of
            the particles' expected rewards.
        search_rounds: Rounds of the local search that improves the plan of the beam search.
    """

    def __init__(
        self,
        env: Any,
        seed: int,
        *,
        particles: int = 128,
        moves: int = 2,
        beam_width: int = 8,
        search_rounds: int = 6,
    ) -> None:
        if particles < 2 or min(moves, beam_width, search_rounds) < 0:
            raise UserError(
                "Agent 'belief-planner' needs particles of 2 or more, and moves, beam_width and "
                "search_rounds of 0 or more."
            )
        self._env, self._particles, self._moves = env.unwrapped, particles, moves
        self._beam_width, self._search_rounds = beam_width, search_rounds
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Changes the seed of the particles, which belong to each session."""
        self._seed = seed

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Updates the particles by the last response and plans for their mean."""
        sessions = self._env.sessions
        if sessions.batch != len(mask):
            raise UserError(
                f"Agent 'belief-planner' was made for {sessions.batch} sessions, but was asked about "
                f"{len(mask)}."
            )
        listened = observation["context"][:, self._env.layout.context_slice("last_listened")][:, 0]
        states: list[_SessionState | None] = [None] * len(mask) if state is None else list(state)
        slots = np.zeros(len(mask), np.int64)
        for row in np.flatnonzero(mask.any(axis=1)):
            current = states[row]
            if current is None or sessions.position[row] == 0 or (starts is not None and starts[row]):
                rng = session_generator(observation, int(row), self._seed)
                start = sessions.repeat(np.array([row]))
                current = _SessionState(Belief(start, rng, self._particles, self._moves), -1)
            else:
                current.belief.observe(current.last_slot, float(listened[row]))
            slots[row] = current.last_slot = self._next_slot(current.belief, mask[row])
            states[row] = current
        return slots, states

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Returns the particles' mean expected reward, and the terms for the posterior mean listener."""
        sessions = self._env.sessions
        if state is None or state[0] is None:
            rng = np.random.default_rng(0)  # separate, so that `explain` changes no later choice
            belief = Belief(sessions.repeat(np.zeros(1, np.intp)), rng, self._particles, self._moves)
        else:
            belief = state[0].belief
        expected = belief.weights @ belief.sessions.expected_reward()
        return {"score": expected, **utility_terms(belief.mean_listener())}

    def _next_slot(self, belief: Belief, free: AnyArray) -> int:
        if not self._beam_width:
            expected = belief.weights @ belief.sessions.expected_reward()
            return int(masked_argmax(expected[None], free[None])[0])
        mean = belief.mean_listener()
        mean.state.available[:] &= free
        plans = beam_search(mean, self._beam_width)
        return int(local_search(mean, plans, belief.rng, self._search_rounds, SEARCH_TRIES)[0, 0])
