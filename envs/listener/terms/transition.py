"""Transitions: the cost of transitions from the last tracks into a track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.compiled.transitions import ENTRY_COLUMNS, N_TRANSITION, transitions_into
from segue.envs.listener.term import CompiledTerm, Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.features.arrays import FloatArray, IntArray
from segue.features.catalog.transitions import (
    TRANSITION_NAMES,
    TRANSITION_NEUTRAL,
    transition_distance,
    transition_features,
)
from segue.features.errors import UserError

MEMORY = 0
"""Index into the constants of the kernel."""
_COUNTS = np.array([name != "same_artist" for name in TRANSITION_NAMES], dtype=np.float64)
"""Features whose steps are a cost."""
_SPAN = np.maximum(TRANSITION_NEUTRAL, np.float32(1.0) - TRANSITION_NEUTRAL)


@njit(error_model="numpy")
def _utility(
    term: Any,
    state: StateArrays,
    shared: SharedArrays,
    slots: IntArray,
    out: FloatArray,
    start: int,
    stop: int,
) -> None:
    """Writes the weighted distance of the transitions from the last tracks, negated."""
    pool, position, hidden = state.pool, state.position, state.hidden
    exits, entry, records, past = state.exits, state.entry, shared.records, state.exits.shape[1]
    memory, first, into = int(term.constants[MEMORY]), term.hidden, shared.layout.entry
    single = slots.shape[1] == 1
    # The columns of one candidate are contiguous in its record, but far apart in the session's arrays.
    alone = np.empty((1, ENTRY_COLUMNS.size, 1), np.float32)
    scratch = np.empty((1, N_TRANSITION * (1 if single else entry.shape[2])), np.float32)
    for b in range(start, stop):
        if single:
            candidate = max(pool[b, slots[b, 0]], 0)
            for column in range(ENTRY_COLUMNS.size):
                alone[0, column, 0] = records[candidate, into + column]
        for m in range(slots.shape[1]):
            out[b, m] = 0.0
        for back in range(1, min(memory, position[b] + 1) + 1):
            place = (position[b] - (back - 1)) % past
            if single:
                transitions_into(exits, b, place, alone, 0, scratch, 0)
            else:
                transitions_into(exits, b, place, entry, b, scratch, 0)
            for m in range(slots.shape[1]):
                at, cost = 0 if single else slots[b, m], 0.0
                for t in range(N_TRANSITION):
                    distance = abs(scratch[0, at * N_TRANSITION + t] - TRANSITION_NEUTRAL[t]) / _SPAN[t]
                    cost += hidden[b, first + t] * distance
                out[b, m] -= cost / (back * back)


@njit(error_model="numpy")
def _begin(term: Any, state: StateArrays, shared: SharedArrays, b: int, uniforms: FloatArray) -> None:
    """Draws exponential weights that are divided by their sum."""
    total = 1e-12
    for t in range(N_TRANSITION):
        weight = -np.log1p(-uniforms[t]) * _COUNTS[t]
        state.hidden[b, term.hidden + t] = weight
        total += weight
    for t in range(N_TRANSITION):
        state.hidden[b, term.hidden + t] /= total


@dataclass
class Transition(Term):
    """Weighted transition distance from the last tracks, −Σ_{i=1..memory} i⁻² Σ_f w_f d_f(a_{k−i}, a_k).

    d_f is the distance in transition feature f, in [0, 1] (0: no change). The weights w of a listener are
    exponential draws divided by their sum, so that listeners are sensitive to different features. The weight
    of `same_artist` is 0, because repeating an artist is not a cost.

    Attributes:
        memory: Number of earlier tracks that count, at least 1.

    Source:
        The memory Σ i⁻² is that of DJ-MC (Liebman et al. 2015); the additive cost over features that of
        Bittner et al. 2017.
    """

    source: ClassVar[str] = "memory 1/i²: Liebman et al. 2015; additive cost: Bittner et al. 2017"
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(_utility, begin=_begin, constants=("memory",))

    memory: int = 3

    def bind(self, context: TermContext) -> None:
        """Requests one weight per transition feature."""
        if self.memory < 1:
            raise UserError(f"Term transition: memory must be 1 or more, but is {self.memory}.")
        self.n_draws = self.n_hidden = N_TRANSITION
        self.n_past = self.memory

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes the weighted transition distance from the last tracks, negated."""
        boundary_features = sessions.boundary_features(slots)
        total = np.zeros(slots.shape)
        for steps_back in range(1, self.memory + 1):
            earlier, exists = sessions.earlier(steps_back)
            distance = transition_distance(transition_features(earlier[:, None, :], boundary_features))
            cost = (hidden[:, None, :] * distance).sum(axis=-1)
            total -= np.where(exists[:, None], cost, 0.0) / steps_back**2
        return total
