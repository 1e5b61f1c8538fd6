"""Planning oracles: they see the hidden listener and plan the whole session."""

from typing import Any

import numpy as np

from segue.agents.base import Agent, Batch, one_hot
from segue.agents.oracles.greedy import utility_terms
from segue.agents.oracles.planning.beam_search import beam_search, exact_plan
from segue.agents.oracles.planning.local_search import local_search
from segue.envs import Sessions
from segue.features.arrays import AnyArray, FloatArray, IntArray
from segue.features.errors import UserError

EXACT_UP_TO = 8
"""Pools of up to this many candidates are solved exactly (see `exact_plan`)."""


class PlanningOracle(Agent):
    """Plans the rest of each session for its true listener, and improves the plan after every response.

    It never sees the noise of the session: plans are made for median responses, and adapted to the state that
    the listener's responses lead to. It can choose only for the sessions of the environment it was made for.

    Args:
        env: The environment, scalar or vector, wrapped or not.
        seed: Seed of the local search and the shuffling.
        beam_width: Partial plans that the beam search keeps.
        branch: Continuations of each partial plan that it tries.
        search_rounds: Rounds of the local search that improves the plan of the beam search. A beam looks few
            tracks ahead: where tracks should be saved for later, its plan can be worse than greedy play.
        improve_rounds: Rounds of the local search that adapts the rest of a plan before each track.
        commit: Tracks after which a plan is searched for from scratch; 0 keeps to the first one.
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
        improve_rounds: int = 8,
        commit: int = 5,
        shuffled: bool = False,
    ) -> None:
        if min(beam_width, branch) < 1 or min(search_rounds, improve_rounds, commit) < 0:
            raise UserError(
                "A planning oracle needs beam_width and branch of 1 or more, and search_rounds, "
                "improve_rounds and commit of 0 or more."
            )
        self._env, self._beam_width, self._branch = env.unwrapped, beam_width, branch
        self._search_rounds, self._improve_rounds = search_rounds, improve_rounds
        self._commit, self._shuffled = commit, shuffled
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Restarts the random numbers of the local search and the shuffling."""
        self._seed = seed
        self._rng = np.random.default_rng(seed)

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Improves its plans, or searches for new ones where they are due or lead to a masked slot."""
        sessions = self._env.sessions
        if sessions.batch != len(mask):
            raise UserError(
                f"The oracle was made for {sessions.batch} sessions, but was asked about {len(mask)}."
            )
        plans: list[list[int]] = [[] for _ in mask] if state is None else [list(plan) for plan in state]
        due = (sessions.position == 0) | (np.zeros(len(mask), bool) if starts is None else starts)
        if self._commit:
            due |= sessions.position % self._commit == 0
        for row, plan in enumerate(plans):
            if due[row] or not mask[row, plan].all():
                plans[row] = []
        # The search plans only for sessions at the same position with equally many candidates left.
        phases = np.stack([sessions.position, mask.sum(axis=1), [len(plan) for plan in plans]], axis=1)
        for phase in np.unique(phases[mask.any(axis=1)], axis=0):
            rows = np.flatnonzero((phases == phase).all(axis=1))
            made = self._improve(rows, mask, plans) if phase[2] else self._plan(rows, mask)
            for row, plan in zip(rows.tolist(), made, strict=True):
                plans[row] = plan
        slots = np.array([plan.pop(0) if plan else 0 for plan in plans])
        return slots, plans

    def probabilities(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[FloatArray, Any]:
        """Returns 1 for the next track of each plan; the plans in the state still begin with it."""
        slots, plans = self.choose(observation, mask, state, starts, deterministic)
        whole = [[slot, *plan] for slot, plan in zip(slots.tolist(), plans, strict=True)]
        return one_hot(slots, mask.shape[1]), whole

    def record_played(self, observation: Batch, state: Any, slots: AnyArray) -> Any:
        """Continues a plan, or drops it if something else is played."""
        return [plan[1:] if plan[0] == slot else [] for plan, slot in zip(state, slots.tolist(), strict=True)]

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
        """Searches for plans of some sessions."""
        found = self._search(rows, mask)
        orders = [self._rng.permutation(plan) for plan in found] if self._shuffled else found
        return [
            [int(slot) for slot in order if mask[row, slot]] for row, order in zip(rows, orders, strict=True)
        ]

    def _improve(self, rows: IntArray, mask: AnyArray, plans: list[list[int]]) -> list[list[int]]:
        """Adapts what is left of the plans of some sessions to the listener's state."""
        if not self._improve_rounds:
            return [plans[row] for row in rows]
        sessions, rest = self._sessions(rows, mask), np.array([plans[row] for row in rows])
        improved: list[list[int]] = local_search(
            sessions, rest, self._search_rng(), self._improve_rounds
        ).tolist()
        return improved

    def _search(self, rows: IntArray, mask: AnyArray) -> IntArray:
        sessions = self._sessions(rows, mask)
        if sessions.pool_size <= EXACT_UP_TO:
            return exact_plan(sessions)
        plans = beam_search(sessions, self._beam_width, self._branch)
        return local_search(sessions, plans, self._search_rng(), self._search_rounds)

    def _sessions(self, rows: IntArray, mask: AnyArray) -> Sessions:
        """Copies some sessions, in which only what the mask allows is free."""
        sessions = self._env.sessions.repeat(rows)
        sessions.state.available[:] &= mask[rows]
        return sessions

    def _search_rng(self) -> np.random.Generator:
        """Returns random numbers apart from those of the shuffling, so that `explain` changes no choice."""
        return np.random.default_rng(self._seed)


def oracle_shuffled(
    env: Any, seed: int, *, beam_width: int = 16, branch: int = 8, search_rounds: int = 40
) -> PlanningOracle:
    """Makes an oracle that plays its one plan per session in random order, which shows the value of order."""
    settings = {"beam_width": beam_width, "branch": branch, "search_rounds": search_rounds}
    return PlanningOracle(env, seed, **settings, improve_rounds=0, commit=0, shuffled=True)
