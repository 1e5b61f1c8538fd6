"""Explanations of an agent's choices, asked for while it plays.

The agent is asked about the very choice that it has just made, with the memory that it made it with: nothing
is replayed, so agents with a memory or with random numbers of their own can be explained too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from segue.envs.actions import slots_of
from segue.experiments.runs.batches import make_batch
from segue.experiments.runs.observers.observer import Choice
from segue.features import Catalog
from segue.features.arrays import FloatArray

EXPLAINED_SESSIONS = 8
"""Sessions of a run whose choices are explained: the first ones, so that the results cannot decide which."""
NAMED_CANDIDATES = 3
"""Candidates with the highest scores that an explanation names, beside the one that was played."""


class Explanations:
    """Asks an agent about its choices in the first sessions of an evaluation; a `SessionObserver`.

    Agents explain one session at a time. A second copy of the agent, made for an environment of a single
    session, is asked about each session in turn: its environment is put into the state of that session.

    Args:
        make_agent: Makes the agent for an environment.
        env_id: The environment of the evaluation.
        settings: Its settings.
        seeds: Seeds of all sessions of the evaluation.
    """

    def __init__(
        self, make_agent: Callable[[Any], Any], env_id: str, settings: dict[str, Any], seeds: Sequence[int]
    ) -> None:
        self._env = make_batch(env_id, settings, 1)
        self._agent = make_agent(self._env)
        self._explains = hasattr(self._agent, "explain")
        self._seeds = list(seeds[:EXPLAINED_SESSIONS])
        self._rows: list[tuple[int, int, int, int, float]] = []
        self._informative: set[int] = set()

    def on_begin(self, env: Any, seeds: Sequence[int]) -> None:
        """Does nothing: there is no choice to explain yet."""

    def on_choice(self, choice: Choice) -> None:
        """Asks about the choices in those sessions of a batch that are explained."""
        if not self._explains:
            return
        asked = np.flatnonzero(choice.playing & np.isin(choice.seeds, self._seeds))
        env = choice.env.unwrapped
        slots = slots_of(env.action_mode, np.asarray(choice.actions), env.sessions) if asked.size else ()
        for row in asked:
            try:
                state = state_of_session(choice.state, int(row), len(choice.seeds))
            except TypeError:
                self._explains = False  # the memory of this agent cannot be split by session
                return
            self._ask(choice, int(row), int(slots[row]), state)

    def _ask(self, choice: Choice, row: int, slot: int, state: Any) -> None:
        """Asks about the choice in one session, and keeps the highest scores and the score of the choice."""
        sessions, seed = choice.env.unwrapped.sessions, int(choice.seeds[row])
        self._env.unwrapped.sessions = sessions.repeat(np.array([row]))
        observation = {name: values[row : row + 1] for name, values in choice.observation.items()}
        scores: FloatArray = self._agent.explain(observation, state)["score"].to_numpy(dtype=np.float64)
        known = np.flatnonzero(np.isfinite(scores))
        order = known[np.argsort(-scores[known], kind="stable")]
        if len(np.unique(scores[known])) > 1:
            self._informative.add(seed)
        position = int(sessions.position[row])
        for rank, candidate in enumerate(order):
            if rank < NAMED_CANDIDATES or candidate == slot:
                track, score = int(sessions.pool[row, candidate]), float(scores[candidate])
                self._rows.append((seed, position, rank, track, score))

    def table(self) -> pd.DataFrame:
        """Returns the explanations.

        Returns:
            One row per play and named candidate: episode (seed of the session), position, rank (0 for the
            highest score), index (row of the catalogue) and score. The candidate that was played is among
            them. Sessions in which all candidates always had the same score are left out: such an agent has
            no explanation.
        """
        table = pd.DataFrame(self._rows, columns=["episode", "position", "rank", "index", "score"])
        kept = table[table["episode"].isin(self._informative)]
        return kept.sort_values(["episode", "position", "rank"], ignore_index=True)

    @property
    def catalog(self) -> Catalog:
        """The catalogue that the explanations point into."""
        catalog: Catalog = self._env.unwrapped.sessions.catalog
        return catalog

    def close(self) -> None:
        """Closes the environment of the single session."""
        self._env.close()


def state_of_session(state: Any, row: int, sessions: int) -> Any:
    """Takes one session out of an agent's memory of a batch.

    Args:
        state: Memory of B sessions: nothing, a list with one entry per session, arrays or tensors with a
            leading axis B, a tuple of arrays (layers, B, units) as recurrent policies of Stable-Baselines3
            have it, or a dataclass or dictionary of those.
        row: Which session.
        sessions: Their number B.

    Returns:
        The same kind of memory for a single session.

    Raises:
        TypeError: The memory is of another kind.
    """
    if state is None or isinstance(state, bool | int | float | str):
        return state
    if isinstance(state, list) and len(state) == sessions:
        return [state[row]]
    if isinstance(state, dict):
        return {name: state_of_session(part, row, sessions) for name, part in state.items()}
    if isinstance(state, tuple) and all(np.ndim(part) >= 2 and part.shape[1] == sessions for part in state):
        return tuple(part[:, row : row + 1] for part in state)
    if dataclasses.is_dataclass(state) and not isinstance(state, type):
        fields = [field.name for field in dataclasses.fields(state)]
        parts = {name: state_of_session(getattr(state, name), row, sessions) for name in fields}
        return dataclasses.replace(state, **parts)
    if hasattr(state, "shape") and state.shape and state.shape[0] == sessions:
        return state[row : row + 1]
    raise TypeError(f"Cannot take one session out of a {type(state).__name__}.")
