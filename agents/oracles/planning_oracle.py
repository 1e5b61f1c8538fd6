"""Planning oracles: they see the hidden listener and think the whole session through."""

from typing import Any

import numpy as np

from segue.agents.base import Agent, Batch
from segue.agents.oracles.greedy import terms_of
from segue.agents.oracles.planning.beam_search import beam_search, exact_plan
from segue.agents.oracles.planning.local_search import polish
from segue.features.arrays import AnyArray, IntArray
from segue.features.errors import UserError

EXACT_UP_TO = 8
"""Pools of so many candidates are solved exactly (see `exact_plan`)."""


class PlanningOracle(Agent):
    """Plans the rest of each session for its true listener, plays the first tracks and plans again.

    It never looks at the luck of the session: plans hold in a world of median responses. It chooses only for
    the sessions of the environment it was made for.

    Args:
        env: The environment.
        seed: Seed of the local search and the shuffling.
        width: Partial plans that the beam search keeps.
        branch: Continuations it tries of each.
        rounds: Rounds of the local search that improves what the beam search found: a beam looks few tracks
            ahead, and where tracks should be saved for later it alone plans worse than greed plays.
        commit: Tracks played of a plan before the next one is made; 0 plays all.
        shuffled: Plays the tracks of each plan in random order.
    """

    def __init__(
        self,
        env: Any,
        seed: int,
        *,
        width: int = 16,
        branch: int = 8,
        rounds: int = 20,
        commit: int = 5,
        shuffled: bool = False,
    ) -> None:
        if min(width, branch) < 1 or min(rounds, commit) < 0:
            raise UserError(
                "A planning oracle needs width and branch of 1 or more, and rounds and commit of 0 or more."
            )
        self._env, self._width, self._branch, self._rounds = env.unwrapped, width, branch, rounds
        self._commit, self._shuffled = commit, shuffled
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Starts the shuffling anew."""
        self._seed = seed
        self._rng = np.random.default_rng(seed)

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Plays on by its plans, and makes new ones where they have run out or lead to a masked slot."""
        sessions = self._env.sessions
        if sessions.batch != len(mask):
            raise UserError(
                f"The oracle was made for {sessions.batch} sessions, but was asked about {len(mask)}."
            )
        plans: list[list[int]] = [[] for _ in mask] if state is None else [list(plan) for plan in state]
        new = (sessions.position == 0) | (np.zeros(len(mask), bool) if starts is None else starts)
        stale = [row for row, plan in enumerate(plans) if new[row] or not plan or not mask[row, plan[0]]]
        # The search takes sessions in step with each other.
        ahead = np.stack([sessions.position, mask.sum(axis=1)], axis=1)
        for phase in np.unique(ahead[stale], axis=0):
            rows = np.array([row for row in stale if (ahead[row] == phase).all()])
            if phase[1]:
                for row, plan in zip(rows, self._plan(rows, mask), strict=True):
                    plans[row] = plan
        slots = np.array([plan.pop(0) if plan else 0 for plan in plans])
        return slots, plans

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """The expected immediate reward, `planned` (place in a plan made now, from 1), and the terms.

        What is played next is what has been planned first, not what has the highest score.
        """
        sessions = self._env.sessions
        planned = np.full(mask.shape[1], np.nan)
        for place, slot in enumerate(self._search(np.zeros(1, np.intp), mask)[0], 1):
            planned[slot] = place
        return {"score": sessions.expected_reward()[0], "planned": planned, **terms_of(sessions)}

    def _plan(self, rows: IntArray, mask: AnyArray) -> list[list[int]]:
        plans = []
        for row, plan in zip(rows, self._search(rows, mask), strict=True):
            order = self._rng.permutation(plan) if self._shuffled else plan
            free = [int(slot) for slot in order if mask[row, slot]]
            plans.append(free[: self._commit or None])
        return plans

    def _search(self, rows: IntArray, mask: AnyArray) -> IntArray:
        sessions = self._env.sessions.repeat(rows)
        sessions.state.available[:] &= mask[rows]
        if sessions.pool_size <= EXACT_UP_TO:
            return exact_plan(sessions)
        plans = beam_search(sessions, self._width, self._branch)
        # Searching draws nothing from the shuffling, so that asking for a plan changes no later one.
        return polish(sessions, plans, np.random.default_rng(self._seed), self._rounds)


def oracle(
    env: Any, seed: int, *, width: int = 16, branch: int = 8, rounds: int = 20, commit: int = 5
) -> PlanningOracle:
    """Makes a `PlanningOracle`."""
    return PlanningOracle(env, seed, width=width, branch=branch, rounds=rounds, commit=commit)


def oracle_shuffled(
    env: Any, seed: int, *, width: int = 16, branch: int = 8, rounds: int = 20
) -> PlanningOracle:
    """Makes the oracle that plays its one plan for a session in random order: what its order is worth."""
    return PlanningOracle(env, seed, width=width, branch=branch, rounds=rounds, commit=0, shuffled=True)
