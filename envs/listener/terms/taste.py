"""Taste: preference for features of a track, independent of the tracks before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.listener.term import CompiledTerm, Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.features.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from segue.features import Catalog

SCALE = 0
"""Index into the constants of the kernel."""


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
    """Writes the scaled inner product of the preference and the features."""
    features, term_state = state.features, state.term_state
    scale, first = term.constants[SCALE], term.state
    for b in range(start, stop):
        for m in range(slots.shape[1]):
            slot, total = slots[b, m], 0.0
            for f in range(features.shape[2]):
                total += term_state[b, first + f] * (2.0 * features[b, slot, f] - 1.0)
            out[b, m] = total * scale


@njit(error_model="numpy")
def _begin(term: Any, state: StateArrays, shared: SharedArrays, b: int, uniforms: FloatArray) -> None:
    """Draws the preference u uniformly in [−1, 1]."""
    for f in range(uniforms.size):
        state.hidden[b, term.hidden + f] = 2.0 * uniforms[f] - 1.0
        state.term_state[b, term.state + f] = state.hidden[b, term.hidden + f]


def taste_scale(catalog: Catalog) -> float:
    """Returns 3/√F for the F features of a catalogue."""
    return float(3.0 / np.sqrt(catalog.matrix.shape[1]))


@dataclass
class Taste(Term):
    """Linear taste, ⟨u, 2x − 1⟩ · 3/√F, with u uniform in [−1, 1] for each of F features.

    The features are close to uniform in [0, 1], so both 2x − 1 and u have variance 1/3, and the factor 3/√F
    gives the term variance 1 over listeners and tracks. The preference is part of the state, because `drift`
    may change it.

    Source:
        Inner-product preference, as in RecSim (Ie et al. 2019) and most latent-factor models.
    """

    source: ClassVar[str] = "inner-product preference, as in RecSim (Ie et al. 2019)"
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(_utility, begin=_begin, constants=("scale",))

    def bind(self, context: TermContext) -> None:
        """Requests one preference per feature of the catalogue."""
        self.n_draws = self.n_hidden = self.n_state = context.catalog.matrix.shape[1]
        self.scale = taste_scale(context.catalog)

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes ⟨u, 2x − 1⟩ · 3/√F."""
        centred = 2.0 * sessions.features(slots) - 1.0
        return (state[:, None, :] * centred).sum(axis=-1) * self.scale
