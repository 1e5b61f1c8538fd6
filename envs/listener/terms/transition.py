"""Transitions: the cost of transitions from the last tracks into a track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.compiled.transitions import ENTRY_COLUMNS, N_TRANSITION, transitions_into
from segue.envs.listener.term import CompiledTerm, Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.features.arrays import Float32Array, FloatArray, IntArray
from segue.features.catalog.transitions import (
    TRANSITION_NEUTRAL,
    transition_distance,
    transition_features,
)
from segue.features.errors import UserError

if TYPE_CHECKING:
    from segue.features import Catalog

MEMORY = 0
"""Index into the constants of the kernel."""
PAIRS = 20_000
"""Random pairs of tracks with which distances are standardised."""
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
    """Writes the standardised distance of the transitions from the last tracks, negated."""
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
                at, cost = 0 if single else slots[b, m], -hidden[b, first + N_TRANSITION]
                for t in range(N_TRANSITION):
                    distance = abs(scratch[0, at * N_TRANSITION + t] - TRANSITION_NEUTRAL[t]) / _SPAN[t]
                    cost += hidden[b, first + t] * distance
                out[b, m] -= cost / (back * back)


@njit(error_model="numpy")
def _begin(term: Any, state: StateArrays, shared: SharedArrays, b: int, uniforms: FloatArray) -> None:
    """Draws the weights v over the standard deviations, and the mean cost before it is subtracted."""
    hidden, first, squares, mean = state.hidden, term.hidden, 1e-12, 0.0
    for t in range(N_TRANSITION):
        inverse = shared.tables[term.table + t]
        drawn = -np.log1p(-uniforms[t]) if inverse > 0.0 else 0.0
        hidden[b, first + t] = drawn * inverse
        squares += drawn * drawn
    for t in range(N_TRANSITION):
        hidden[b, first + t] /= np.sqrt(squares)
        mean += hidden[b, first + t] * shared.tables[term.table + N_TRANSITION + t]
    hidden[b, first + N_TRANSITION] = mean


def random_distances(catalog: Catalog) -> tuple[FloatArray, FloatArray]:
    """Returns mean and standard deviation of each transition distance over random pairs, (T,) each."""
    rng = np.random.default_rng(0)
    tracks = np.arange(len(catalog)) if catalog.fit_rows is None else catalog.fit_rows
    before = rng.integers(len(tracks), size=PAIRS)
    after = (before + rng.integers(1, max(len(tracks), 2), size=PAIRS)) % len(tracks)
    steps = catalog.transitions(tracks[before], tracks[after])
    distance = transition_distance(steps).astype(np.float64)
    return distance.mean(axis=0), distance.std(axis=0)


@dataclass
class Transition(Term):
    """Standardised transition distance from the last tracks, −Σ_{i=1..memory} i⁻² Σ_f v_f z_f(a_{k−i}, a_k).

    z_f = (d_f − mean) / standard deviation, where d_f is the distance in transition feature f, in [0, 1]
    (0: no change), and mean and deviation are those of random pairs of tracks of the catalogue. All features
    therefore count alike, whatever the spread of their distances, and a random transition costs 0 on average.
    The weights v of a listener are exponential draws scaled to Σ v² = 1, so that listeners are sensitive to
    different features and the cost of the last transition has a variance near 1, as the term `taste` has. The
    weight of `same_artist` is 0, because repeating an artist is not a cost.

    Attributes:
        memory: Number of earlier tracks that count, at least 1.

    Source:
        The memory Σ i⁻² is that of DJ-MC (Liebman et al. 2015); the additive cost over features that of
        Bittner et al. 2017. Standardised distances are ours.
    """

    source: ClassVar[str] = "memory 1/i²: Liebman et al. 2015; additive cost: Bittner et al. 2017"
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(_utility, begin=_begin, constants=("memory",))

    memory: int = 3

    def bind(self, context: TermContext) -> None:
        """Requests one weight per transition feature."""
        if self.memory < 1:
            raise UserError(f"Term transition: memory must be 1 or more, but is {self.memory}.")
        names = context.catalog.transition_names
        self.n_draws, self.n_hidden, self.n_past = N_TRANSITION, N_TRANSITION + 1, self.memory
        self._mean, spread = random_distances(context.catalog)
        weighted = (spread > 0) & np.array([name != "same_artist" for name in names])
        self._scale = np.where(weighted, 1.0 / np.where(weighted, spread, 1.0), 0.0)

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes the standardised transition distance from the last tracks, negated."""
        boundary_features = sessions.boundary_features(slots)
        total = np.zeros(slots.shape)
        for steps_back in range(1, self.memory + 1):
            earlier, exists = sessions.earlier(steps_back)
            distance = transition_distance(transition_features(earlier[:, None, :], boundary_features))
            cost = (hidden[:, None, :-1] * distance).sum(axis=-1) - hidden[:, -1:]
            total -= np.where(exists[:, None], cost, 0.0) / steps_back**2
        return total

    @property
    def lag_weights(self) -> FloatArray:
        """Weights i⁻² of the transitions from the last tracks, the last one first, (memory,)."""
        return np.arange(1, self.memory + 1, dtype=np.float64) ** -2

    def parts(self, transitions: Float32Array, hidden: FloatArray) -> FloatArray:
        """Divides the unweighted utility of transitions from the last track among the features.

        Args:
            transitions: Transition features, (M, T).
            hidden: The term's hidden parameters, (n_hidden,).

        Returns:
            (M, T), each row summing to the utility; 0 for features that do not count.
        """
        weighted = hidden[:-1] * (transition_distance(transitions) - self._mean)
        return -np.where(hidden[:-1] > 0, weighted, 0.0)

    def table(self) -> Float32Array:
        """Returns one over the standard deviations of the features that count, then their means."""
        return np.concatenate([self._scale, self._mean]).astype(np.float32)
