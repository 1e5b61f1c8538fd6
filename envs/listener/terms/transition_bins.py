"""Transition preferences of DJ-MC: one weight per pair of percentile bins of each descriptor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.listener.percentiles import percentile_bins
from segue.envs.listener.term import CompiledTerm, Term, TermContext
from segue.envs.listener.terms.song_bins import BINS
from segue.envs.listener.view import SessionsView
from segue.features.arrays import Float32Array, FloatArray, IntArray
from segue.features.errors import UserError

DESCRIPTORS, PEAKEDNESS = range(2)
"""Indices into the constants of the kernels."""
PAIRS = BINS * BINS


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
    """Sums the weights of the pairs of bins with every song played, each divided by the square of its age."""
    pool, history, hidden, tables = state.pool, state.history, state.hidden, shared.tables
    descriptors = int(term.constants[DESCRIPTORS])
    for b in range(start, stop):
        for m in range(slots.shape[1]):
            upcoming, total = term.table + descriptors * max(pool[b, slots[b, m]], 0), 0.0
            for back in range(1, state.position[b] + 1):
                past, value = term.table + descriptors * history[b, state.position[b] + 1 - back], 0.0
                for d in range(descriptors):
                    pair = BINS * int(tables[past + d]) + int(tables[upcoming + d])
                    value += hidden[b, term.hidden + PAIRS * d + pair]
                total += value / (back * back)
            out[b, m] = total


@njit(error_model="numpy")
def _begin(term: Any, state: StateArrays, shared: SharedArrays, b: int, uniforms: FloatArray) -> None:
    """Draws w ∝ E^peakedness with exponential E for the pairs of each descriptor; they sum to 1."""
    hidden, peakedness = state.hidden, term.constants[PEAKEDNESS]
    cubic = peakedness == 3.0
    for d in range(int(term.constants[DESCRIPTORS])):
        first, total = term.hidden + PAIRS * d, 0.0
        for pair in range(PAIRS):
            drawn = 1e-12 - np.log(1.0 - uniforms[PAIRS * d + pair])
            # The default, without the general power, which takes as long as all the rest.
            weight = drawn * drawn * drawn if cubic else drawn**peakedness
            hidden[b, first + pair] = weight
            total += weight
        for pair in range(PAIRS):
            hidden[b, first + pair] /= total


@dataclass
class TransitionBins(Term):
    """R_t = Σ_{i=1..k−1} i⁻² φ_t·θ_t(a_{k−i}, a_k), over the songs played so far.

    θ_t(a, b) marks, for each of the 34 descriptors, the pair of percentile bins of a and b. Each listener's
    weights φ_t sum to 1 over the hundred pairs of a descriptor. The start track does not count as a song
    played, so the first song has no transition.

    Attributes:
        peakedness: Inequality of the weights of a listener; 1 is the flat Dirichlet distribution, under which
            the hundred weights of a descriptor are so similar that order would hardly matter.

    Source:
        DJ-MC, Liebman et al. 2015, section 3. The population of weights is ours.
    """

    source: ClassVar[str] = "DJ-MC transition reward, Liebman et al. 2015"
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(
        _utility, begin=_begin, constants=("descriptors", "peakedness")
    )

    peakedness: float = 3.0

    def bind(self, context: TermContext) -> None:
        """Finds the bins of every track."""
        if not self.peakedness > 0:
            raise UserError(f"Term transition_bins: peakedness must be above 0, but is {self.peakedness}.")
        catalog = context.catalog
        self._bins = percentile_bins(catalog.djmc_descriptors(), BINS, catalog.djmc_corpus())
        self.descriptors = self._bins.shape[1]
        self._descriptors = np.arange(self.descriptors)
        self.n_draws = self.n_hidden = self._bins.shape[1] * BINS * BINS

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes R_t of each candidate.

        For many candidates the weights of the past are first summed into a table over the bins of the
        next song, so that the cost does not grow with candidates × past. Both branches add the same
        numbers in the same order.
        """
        weights = hidden.reshape(len(hidden), len(self._descriptors), BINS, BINS)
        rows = np.arange(len(hidden))
        upcoming = self._bins[np.take_along_axis(sessions.pool, slots, axis=1)]
        many = slots.shape[1] > BINS
        shape = (len(hidden), len(self._descriptors), BINS) if many else upcoming.shape
        total = np.zeros(shape)
        for back in range(1, int(sessions.position.max(initial=0)) + 1):
            at = sessions.position + 1 - back
            past = self._bins[sessions.history[rows, np.maximum(at, 0)]]
            factor = np.where(at >= 1, 1.0 / back**2, 0.0)[:, None, None]
            if many:
                total += factor * weights[rows[:, None], self._descriptors, past]
            else:
                total += factor * weights[rows[:, None, None], self._descriptors, past[:, None], upcoming]
        if many:
            total = total[rows[:, None, None], self._descriptors, upcoming]
        return np.ascontiguousarray(total).sum(axis=-1)

    def table(self) -> Float32Array:
        """Returns the bins of every track."""
        return self._bins.ravel().astype(np.float32)
