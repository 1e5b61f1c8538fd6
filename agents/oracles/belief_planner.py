"""The honest ceiling: an agent that knows the population of listeners, and nothing else of this one."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from segue.agents.base import Agent, Batch, best_available
from segue.agents.oracles.belief import Belief
from segue.agents.oracles.greedy import terms_of
from segue.agents.oracles.planning.beam_search import beam_search
from segue.agents.oracles.planning.local_search import polish
from segue.features.arrays import AnyArray
from segue.features.errors import UserError

TRIES = 24
"""Changes of a plan that a round of the local search tries."""


@dataclass
class _Session:
    belief: Belief
    played: int


class BeliefPlanner(Agent):
    """Plans the rest of the session for the mean of what can be known of the listener, anew at every track.

    The state it returns holds the particles and is changed in place by the next call.

    Args:
        env: The environment whose sessions it plays. It reads their population, pools and responses, but
            never who a listener is.
        seed: Seed of its particles.
        particles: Particles a session.
        moves: Moves at a resampling.
        width: Partial plans that the beam search keeps; 0 looks one track ahead instead, at the reward that
            the particles expect on average.
        rounds: Rounds of the local search that improves what the beam search found.
    """

    def __init__(
        self, env: Any, seed: int, *, particles: int = 128, moves: int = 2, width: int = 8, rounds: int = 6
    ) -> None:
        if particles < 2 or min(moves, width, rounds) < 0:
            raise UserError(
                "Agent 'posterior' needs 2 particles or more, and no negative moves, width or rounds."
            )
        self._rounds = rounds
        self._env, self._particles, self._moves, self._width = env.unwrapped, particles, moves, width
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Starts the random numbers of new particles anew."""
        self._rng = np.random.default_rng(seed)

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Updates the particles by the last response and plans for their mean."""
        sessions = self._env.sessions
        if sessions.batch != len(mask):
            raise UserError(
                f"Agent 'posterior' was made for {sessions.batch} sessions, but was asked about {len(mask)}."
            )
        listened = observation["context"][:, self._env.layout.context_slice("last_listened")][:, 0]
        beliefs: list[_Session | None] = [None] * len(mask) if state is None else list(state)
        slots = np.zeros(len(mask), np.int64)
        for row in np.flatnonzero(mask.any(axis=1)):
            known = beliefs[row]
            if known is None or sessions.position[row] == 0 or (starts is not None and starts[row]):
                rng = np.random.default_rng(self._rng.integers(2**63))
                start = sessions.repeat(np.array([row]))
                known = _Session(Belief(start, rng, self._particles, self._moves), -1)
            else:
                known.belief.observe(known.played, float(listened[row]))
            slots[row] = known.played = self._next(known.belief, mask[row])
            beliefs[row] = known
        return slots, beliefs

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """The reward that the particles expect of each candidate, and the terms for the mean of them."""
        sessions = self._env.sessions
        if state is None or state[0] is None:
            rng = np.random.default_rng(0)  # not its own, so that explaining changes no choice
            belief = Belief(sessions.repeat(np.zeros(1, np.intp)), rng, self._particles, self._moves)
        else:
            belief = state[0].belief
        expected = belief.weights @ belief.sessions.expected_reward()
        return {"score": expected, **terms_of(belief.mean_listener())}

    def _next(self, belief: Belief, free: AnyArray) -> int:
        if not self._width:
            expected = belief.weights @ belief.sessions.expected_reward()
            return int(best_available(expected[None], free[None])[0])
        mean = belief.mean_listener()
        mean.state.available[:] &= free
        plans = beam_search(mean, self._width)
        return int(polish(mean, plans, belief.rng, self._rounds, TRIES)[0, 0])


def belief_planner(
    env: Any, seed: int, *, particles: int = 128, moves: int = 2, width: int = 8, rounds: int = 6
) -> BeliefPlanner:
    """Makes a `PosteriorAgent`."""
    return BeliefPlanner(env, seed, particles=particles, moves=moves, width=width, rounds=rounds)
