"""Peak-end memory: how the listener remembers the session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.listener.term import CompiledTerm, Play, Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.features.arrays import AnyArray, FloatArray, IntArray
from segue.features.errors import UserError


@njit(error_model="numpy")
def _update(
    term: Any,
    state: StateArrays,
    shared: SharedArrays,
    slots: IntArray,
    outcome: AnyArray,
    start: int,
    stop: int,
) -> None:
    """Adds the pleasure of a play; a repeat counts with its very low utility."""
    term_state, first = state.term_state, term.state
    for b in range(start, stop):
        pleasure = 1.0 / (1.0 + np.exp(-outcome[b].utility))
        term_state[b, first] = max(term_state[b, first], pleasure)
        term_state[b, first + 1] = pleasure
        term_state[b, first + 2] += pleasure
        term_state[b, first + 3] += 1.0


@dataclass
class PeakEnd(Term):
    """Remembered pleasure of a session, peak·max_k p_k + last·p_K + mean·(Σ_k p_k)/K, with p = 1/(1 + e^−U).

    The term adds no utility; the reward `peak_end` reads its state when the session ends.

    Attributes:
        peak: a, weight of the best track.
        last: b, weight of the last track.
        mean: c, weight of the average.

    Source:
        Rozin, Rozin and Goldberg 2004: in remembered enjoyment of music, the peak and the end weigh more than
        their share of the time. The weights are ours.
    """

    source: ClassVar[str] = "serial position: Rozin et al. 2004; weights ours"
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(update=_update)

    peak: float = 0.3
    last: float = 0.3
    mean: float = 0.4

    def bind(self, context: TermContext) -> None:
        """Requests four state columns: peak, last, sum and count."""
        if min(self.peak, self.last, self.mean) < 0:
            raise UserError("Term peak_end: peak, last and mean must be 0 or more.")
        self.n_state = 4

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Returns zeros: only the reward `peak_end` depends on this term."""
        return np.zeros(slots.shape)

    def update(self, sessions: SessionsView, play: Play, hidden: FloatArray, state: FloatArray) -> None:
        """Adds the pleasure of a play; a repeat counts with its very low utility."""
        state[:] = self.after(state, play.utility)

    @staticmethod
    def after(state: FloatArray, utility: FloatArray) -> FloatArray:
        """Returns the state after plays, (…, 4), given the states before them and their utilities, (…)."""
        from scipy.special import expit

        pleasure = expit(utility)
        peak, _, total, count = np.moveaxis(state, -1, 0)
        count = np.broadcast_to(count + 1.0, utility.shape)
        return np.stack([np.maximum(peak, pleasure), pleasure, total + pleasure, count], axis=-1)

    def peak_end(self, state: FloatArray) -> FloatArray:
        """Computes the remembered pleasure, (…), from the term's state, (…, 4)."""
        mean = state[..., 2] / np.maximum(state[..., 3], 1.0)
        memory: FloatArray = self.peak * state[..., 0] + self.last * state[..., 1] + self.mean * mean
        return memory
