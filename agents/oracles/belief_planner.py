"""The reference: an agent that knows the population of listeners, but not the listener of its session.

It shows what can be done without seeing the listener. It is not an upper bound: it plans for the mean of its
particles and not for what it could still find out, so that a learner may pass it.

Planners that average over particles were measured on the same test sessions (160 of Playlist, else 60), with
nobody leaving and each expected reward weighted by the probability of staying. Differences in return from the
mean of 128 particles, which takes about 0.3 CPU seconds per session, with 95 % intervals: 512 particles and
four moves +0.39 [-0.12, 0.90] on Playlist, -0.25 [-0.80, 0.30] on Rebound and -0.08 [-0.59, 0.43] on DJSet,
at nearly twice the time; 16 particles with a plan each (QMDP, Littman et al. 1995) +0.34 [-0.29, 0.97], +0.07
[-0.53, 0.67] and -0.77 [-1.61, 0.07], at twice the time; candidates before the mean's plan, averaged over 16
particles, -0.42 [-1.51, 0.67] on Playlist; particles weighted again by the next response -0.79 [-1.85, 0.27]
on Playlist.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from segue.agents.base import Agent, Batch, masked_argmax
from segue.agents.oracles.belief import Belief, mean_listeners
from segue.agents.oracles.greedy import utility_terms
from segue.agents.oracles.planning.beam_search import beam_search
from segue.agents.oracles.planning.local_search import local_search
from segue.agents.session_draws import session_generator
from segue.features.arrays import AnyArray, BoolArray, IntArray
from segue.features.errors import UserError

SEARCH_TRIES = 24
"""Changes of a plan that are tried in a round of the local search."""
AT_ONCE = 16
"""Sessions for which plans are made at once; more are hardly faster and take more memory."""


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
        planned: dict[int, _SessionState] = {}
        for row in np.flatnonzero(mask.any(axis=1)).tolist():
            current = states[row]
            if current is None or sessions.position[row] == 0 or (starts is not None and starts[row]):
                rng = session_generator(observation, row, self._seed)
                current = _SessionState(self._prior(rng, row), -1)
            else:
                current.belief.observe(current.last_slot, float(listened[row]))
            states[row] = planned[row] = current
        slots = np.zeros(len(mask), np.int64)
        for rows in _in_step(sessions.position, mask, np.array(list(planned), np.intp)):
            slots[rows] = self._next_slots(rows, mask[rows], [planned[row].belief for row in rows.tolist()])
        for row, current in planned.items():
            current.last_slot = int(slots[row])
        return slots, states

    def record_played(self, observation: Batch, state: Any, slots: AnyArray) -> Any:
        """Records to which track the next response will be."""
        for current, slot in zip(state, slots.tolist(), strict=True):
            if current is not None:
                current.last_slot = slot
        return state

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Returns the particles' mean expected reward, and the terms for the posterior mean listener."""
        sessions = self._env.sessions
        if state is None or state[0] is None:
            # Separate random numbers, so that `explain` changes no later choice.
            belief = self._prior(np.random.default_rng(0), 0)
        else:
            belief = state[0].belief
        mean = mean_listeners(sessions, np.zeros(1, np.intp), [belief])
        return {"score": belief.mean_expected_reward(), **utility_terms(mean)}

    def _prior(self, rng: np.random.Generator, row: int) -> Belief:
        start = self._env.sessions.repeat(np.array([row]))
        return Belief(start, rng, self._particles, self._moves)

    def _next_slots(self, rows: IntArray, free: BoolArray, beliefs: list[Belief]) -> IntArray:
        """Plans for sessions at the same position with equally many candidates left."""
        if not self._beam_width:
            return masked_argmax(np.array([belief.mean_expected_reward() for belief in beliefs]), free)
        means = mean_listeners(self._env.sessions, rows, beliefs)
        means.state.available[:] &= free
        plans = beam_search(means, self._beam_width)
        # Every session has its own random numbers, so that it does not matter which others are beside it.
        rngs = [belief.rng for belief in beliefs]
        return local_search(means, plans, rngs, self._search_rounds, SEARCH_TRIES)[:, 0]


def _in_step(position: IntArray, mask: BoolArray, active: IntArray) -> Iterator[IntArray]:
    """Divides the active sessions into groups at the same position with equally many candidates left."""
    phases = np.stack([position, mask.sum(axis=1)], axis=1)
    for phase in np.unique(phases[active], axis=0):
        rows = active[(phases[active] == phase).all(axis=1)]
        yield from np.split(rows, range(AT_ONCE, len(rows), AT_ONCE))
