"""The arrays that a batch of sessions and an environment exchange: observations, and which sessions begin."""

from __future__ import annotations

from typing import Any

import numpy as np

from segue.envs.compiled.batch_arrays import Buffers, ObservationArrays, pack
from segue.envs.compiled.observe import CONTEXT_SCALARS
from segue.envs.core.state import SessionState, StateSizes
from segue.features.arrays import BoolArray, Float32Array, IntArray
from segue.features.catalog.transitions import TRANSITION_NAMES

CONTEXT_EXTRA = 2
"""Columns of the observed context beyond those of `SessionState.context`: progress and consecutive skips."""


class ObservationBuffers:
    """Persistent arrays for B sessions, of which each step writes only what has changed.

    Args:
        sizes: Sizes of a session's arrays.
        state: The state of the sessions, whose own arrays hold the candidates' features.
        limit: Steps after which a session is cut off; 0 for never.

    Attributes:
        seen: Observations, except the candidates' features, which are the state's own.
        tables: The observations of all sessions, under the keys of the observation space.
        last: Last observations of sessions that are over, from row 0 of each thread's share on.
        last_candidates: Their candidates, float32 (B, K, F).
        over: The sessions that these are, (B,).
        begins: The sessions to begin, bool (B,).
        limit: As given.
        packed: All of it as the compiled loops take it.
    """

    def __init__(self, sizes: StateSizes, state: SessionState, limit: int = 0) -> None:
        batch = len(state.position)
        self.seen = _observations(sizes, batch)
        self.tables = {"candidates": state.features, **_tables(self.seen)}
        self.last = _observations(sizes, batch)
        self.last_candidates: Float32Array = np.empty((batch, sizes.pool, sizes.features), np.float32)
        self.over: IntArray = np.empty(batch, np.intp)
        self.begins: BoolArray = np.zeros(batch, np.bool_)
        self.limit = limit
        self.packed: Any = pack(
            Buffers(self.seen, self.last, self.last_candidates, self.over, self.begins, limit)
        )

    def last_observations(self, rows: IntArray) -> dict[str, Float32Array]:
        """Returns copies of some rows of the last observations."""
        return {
            "candidates": self.last_candidates[rows],
            **_tables(ObservationArrays(*(part[rows] for part in self.last))),
        }


def _observations(sizes: StateSizes, batch: int) -> ObservationArrays:
    # Memory that is never written is never taken from the system.
    return ObservationArrays(
        np.empty((batch, sizes.pool * len(TRANSITION_NAMES)), np.float32),
        np.empty((batch, sizes.pool), np.float32),
        np.empty((batch, CONTEXT_SCALARS + CONTEXT_EXTRA + 4 * sizes.features), np.float32),
    )


def _tables(seen: ObservationArrays) -> dict[str, Float32Array]:
    """Returns observations under the keys of the observation space, with transitions as (B, K, T)."""
    count, width = seen.transitions.shape
    transitions = seen.transitions.reshape(count, width // len(TRANSITION_NAMES), len(TRANSITION_NAMES))
    return {"transitions": transitions, "available": seen.available, "context": seen.context}
