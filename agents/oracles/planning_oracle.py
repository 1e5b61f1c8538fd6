"""Planning oracles: they see the hidden listener and plan the whole session."""

from typing import Any

import numpy as np

from segue.agents.base import Agent, Batch
from segue.agents.oracles.greedy import utility_terms
from segue.agents.oracles.planning.beam_search import beam_search, exact_plan
from segue.agents.oracles.planning.local_search import local_search
from segue.features.arrays import AnyArray, IntArray
from segue.features.errors import UserError

EXACT_UP_TO = 8
"""Pools of up to so many candidates are solved exactly (see `exact_plan`)."""


class PlanningOracle(Agent):
    """Plans the rest of each session for its true listener, plays the first tracks and plans again.

    It never sees the noise of the session: plans are made for median responses. It can choose only for the
    sessions of the environment it was made for.

    Args:
        env: The environment, scalar or vector, wrapped or not.
        seed: Seed of the local search and the shuffling.
        beam_width: Partial plans that the beam search keeps.
        branch: Continuations of each partial plan that it tries.
        search_rounds: Rounds of the local search that improves the plan of the beam search. A beam looks few
            tracks ahead: where tracks should be saved for later, its plan can be worse than greedy play.
        commit: Tracks of a plan that are played before the next one is made; 0 plays all.
        shuffled: Plays the tracks of each plan in random order.
    """

    def __init__(
        self,
        env: Any,
        seed: int,
        *,
        beam_width: int = 16,
        branch: int = 8,
        search_rounds: int = 40,
        commit: int = 5,
        shuffled: bool = False,
    ) -> None:
        if min(beam_width, branch) < 1 or min(search_rounds, commit) < 0:
            raise UserError(
                "A planning oracle needs beam_width and branch of 1 or more, and search_rounds and commit "
                "of 0 or more."
            )
        self._env, self._beam_width, self._branch = env.unwrapped, beam_width, branch
        self._search_rounds = search_rounds
        self._commit, self._shuffled = commit, shuffled
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Restarts the random numbers of the local search and the shuffling."""
        self._seed = seed
        self._rng = np.random.default_rng(seed)

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Follows its plans, and makes new ones where they have run out or lead to a masked slot."""
        sessions = self._env.sessions
        if sessions.batch != len(mask):
            raise UserError(
                f"The oracle was made for {sessions.batch} sessions, but was asked about {len(mask)}."
            )
        plans: list[list[int]] = [[] for _ in mask] if state is None else [list(plan) for plan in state]
        new = (sessions.position == 0) | (np.zeros(len(mask), bool) if starts is None else starts)
        stale = [row for row, plan in enumerate(plans) if new[row] or not plan or not mask[row, plan[0]]]
        # The search plans only for sessions at the same position with as many free candidates.
        phases = np.stack([sessions.position, mask.sum(axis=1)], axis=1)
        for phase in np.unique(phases[stale], axis=0):
            rows = np.array([row for row in stale if (phases[row] == phase).all()])
            if phase[1]:
                for row, plan in zip(rows, self._plan(rows, mask), strict=True):
                    plans[row] = plan
        slots = np.array([plan.pop(0) if plan else 0 for plan in plans])
        return slots, plans

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Returns the expected immediate reward, `planned` (place in a plan made now, from 1), and the terms.

        The next track is the first one of the plan, not the one with the highest score.
        """
        sessions = self._env.sessions
        planned = np.full(mask.shape[1], np.nan)
        for place, slot in enumerate(self._search(np.zeros(1, np.intp), mask)[0], 1):
            planned[slot] = place
        return {"score": sessions.expected_reward()[0], "planned": planned, **utility_terms(sessions)}

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
        plans = beam_search(sessions, self._beam_width, self._branch)
        # Separate random numbers from those of the shuffling, so that `explain` changes no later choice.
        return local_search(sessions, plans, np.random.default_rng(self._seed), self._search_rounds)


def oracle_shuffled(
    env: Any, seed: int, *, beam_width: int = 16, branch: int = 8, search_rounds: int = 40
) -> PlanningOracle:
    """Makes an oracle that plays its one plan per session in random order, which shows the value of order."""
    settings = {"beam_width": beam_width, "branch": branch, "search_rounds": search_rounds}
    return PlanningOracle(env, seed, **settings, commit=0, shuffled=True)
