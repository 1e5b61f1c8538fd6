"""The honest ceiling: an agent that knows the population of listeners, and nothing else of this one."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from segue.agents.base import Agent, Array, Batch, best_available
from segue.agents.belief import Belief
from segue.features.errors import UserError


@dataclass
class _Session:
    belief: Belief
    played: int


class PosteriorAgent(Agent):
    """Plays the candidate with the highest expected reward over what can be known of the listener.

    Args:
        env: The environment whose sessions it plays. It reads their population, pools and responses, but
            never who a listener is.
        seed: Seed of its particles.
        particles: Particles a session.
        moves: Moves at a resampling.
    """

    def __init__(self, env: Any, seed: int, *, particles: int = 128, moves: int = 2) -> None:
        if particles < 2:
            raise UserError(f"Agent 'posterior' needs 2 particles or more, not {particles}.")
        self._env, self._particles, self._moves = env.unwrapped, particles, moves
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Starts the random numbers of new particles anew."""
        self._rng = np.random.default_rng(seed)

    def choose(
        self, observation: Batch, mask: Array, state: Any, starts: Array | None, deterministic: bool
    ) -> tuple[Array, Any]:
        """Updates the particles by the last response and averages over them."""
        sessions = self._env.sessions
        if sessions.batch != len(mask):
            raise UserError(
                f"Agent 'posterior' was made for {sessions.batch} sessions, but was asked about {len(mask)}."
            )
        listened = observation["context"][:, self._env.layout.context_slice("last_listened")][:, 0]
        beliefs: list[_Session | None] = [None] * len(mask) if state is None else list(state)
        scores = np.zeros(mask.shape)
        for row in np.flatnonzero(mask.any(axis=1)):
            known = beliefs[row]
            if known is None or sessions.position[row] == 0 or (starts is not None and starts[row]):
                rng = np.random.default_rng(self._rng.integers(2**63))
                start = sessions.repeat(np.array([row]))
                known = _Session(Belief(start, rng, self._particles, self._moves), -1)
            else:
                known.belief.observe(known.played, float(listened[row]))
            scores[row] = known.belief.weights @ known.belief.sessions.expected_reward()
            known.played = int(best_available(scores[[row]], mask[[row]])[0])
            beliefs[row] = known
        return best_available(scores, mask), beliefs


def posterior(env: Any, seed: int, *, particles: int = 128, moves: int = 2) -> PosteriorAgent:
    """Makes a :class:`PosteriorAgent`."""
    return PosteriorAgent(env, seed, particles=particles, moves=moves)
