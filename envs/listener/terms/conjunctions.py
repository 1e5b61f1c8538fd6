"""Conjunctions: preferences for pairs of descriptors that matter only together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.listener.percentiles import percentiles
from segue.envs.listener.term import CompiledTerm, Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.features.arrays import Float32Array, FloatArray, IntArray
from segue.features.errors import UserError

DESCRIPTORS, PAIRS, SONG, STEP = range(4)
"""Indices into the constants of the kernels."""


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
    """Writes R_s + R_t of each candidate."""
    pool, history, hidden, tables = state.pool, state.history, state.hidden, shared.tables
    c, pairs, first = term.constants, int(term.constants[PAIRS]), term.hidden
    width = int(c[DESCRIPTORS])
    for b in range(start, stop):
        for m in range(slots.shape[1]):
            out[b, m] = 0.0
        for p in range(pairs):
            left, right = int(hidden[b, first + p]), int(hidden[b, first + pairs + p])
            past = 0.0
            for back in range(1, state.position[b] + 1):
                track = history[b, state.position[b] + 1 - back]
                past += tables[term.table + width * track + left] / (back * back)
            song = c[SONG] * hidden[b, first + 2 * pairs + p]
            past *= c[STEP] * hidden[b, first + 3 * pairs + p]
            for m in range(slots.shape[1]):
                row = term.table + width * max(pool[b, slots[b, m]], 0)
                out[b, m] += (song * tables[row + left] + past) * tables[row + right]
        for m in range(slots.shape[1]):
            out[b, m] /= np.sqrt(float(pairs))


@njit(error_model="numpy")
def _begin(term: Any, state: StateArrays, shared: SharedArrays, b: int, uniforms: FloatArray) -> None:
    """Draws the first and second descriptor of each pair, which differ, and its two signs."""
    hidden, first, width, pairs = (
        state.hidden,
        term.hidden,
        int(term.constants[DESCRIPTORS]),
        int(term.constants[PAIRS]),
    )
    for p in range(pairs):
        left = int(uniforms[p] * width)
        hidden[b, first + p] = left
        hidden[b, first + pairs + p] = (left + 1 + int(uniforms[pairs + p] * (width - 1))) % width
        hidden[b, first + 2 * pairs + p] = -1.0 if uniforms[2 * pairs + p] < 0.5 else 1.0
        hidden[b, first + 3 * pairs + p] = -1.0 if uniforms[3 * pairs + p] < 0.5 else 1.0


@dataclass
class Conjunctions(Term):
    """Preferences over pairs of different descriptors, which weights on single bins cannot represent.

    With c_d(a) the percentile of descriptor d, centred and scaled to variance 1, and P pairs (d_p, e_p)
    and signs s_p, s'_p drawn per listener::

        R_s(a) = song / √P · Σ_p s_p c_d(a) c_e(a)
        R_t    = step / √P · Σ_{i=1..k−1} i⁻² Σ_p s'_p c_d(a_{k−i}) c_e(a_k)

    "Loud if fast, soft if slow": no bin of a single descriptor predicts the reward. R_t pairs a descriptor of
    an earlier song with another descriptor of the next song.

    Attributes:
        pairs: Number of pairs P of descriptors per listener.
        song: Standard deviation of R_s over tracks with independent descriptors.
        step: Standard deviation of the contribution of the most recent song to R_t.

    Source:
        Ours, as the misspecified counterpart of DJ-MC (Liebman et al. 2015), whose reward is additive over
        descriptors.
    """

    source: ClassVar[str] = "ours: not representable by DJ-MC (Liebman et al. 2015)"
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(
        _utility, begin=_begin, constants=("descriptors", "pairs", "song", "step")
    )

    pairs: int = 12
    song: float = 0.5
    step: float = 0.3

    def bind(self, context: TermContext) -> None:
        """Computes the centred percentiles of every descriptor."""
        if self.pairs < 1:
            raise UserError(f"Term conjunctions: pairs must be 1 or more, but is {self.pairs}.")
        catalog = context.catalog
        ranked = percentiles(catalog.djmc_descriptors(), catalog.djmc_corpus())
        self._centred = np.sqrt(12.0) * (ranked - 0.5)
        self.descriptors = self._centred.shape[1]
        self.n_draws = self.n_hidden = 4 * self.pairs

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes R_s + R_t of each candidate."""
        first, second = np.split(hidden[:, : 2 * self.pairs].astype(np.intp), 2, axis=1)
        song, step = np.split(hidden[:, 2 * self.pairs :], 2, axis=1)
        tracks = np.take_along_axis(sessions.pool, slots, axis=1)[:, :, None]
        alone = self.song * song[:, None, :] * self._centred[tracks, first[:, None, :]]
        past = self.step * step * self._past(sessions, first)
        value = (alone + past[:, None, :]) * self._centred[tracks, second[:, None, :]]
        return np.ascontiguousarray(value).sum(axis=-1) / np.sqrt(self.pairs)

    def _past(self, sessions: SessionsView, first: IntArray) -> FloatArray:
        """Sums i⁻² c_d over the songs played so far, (B, P)."""
        rows, total = np.arange(len(first)), np.zeros(first.shape)
        for back in range(1, int(sessions.position.max(initial=0)) + 1):
            at = sessions.position + 1 - back
            track = sessions.history[rows, np.maximum(at, 0)]
            factor = np.where(at >= 1, 1.0 / back**2, 0.0)
            total += factor[:, None] * self._centred[track[:, None], first]
        return total

    def table(self) -> Float32Array:
        """Returns the centred percentiles of every track."""
        return self._centred.ravel().astype(np.float32)
