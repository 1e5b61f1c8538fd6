"""Energy arc: a target energy for each position of the session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.listener.term import CompiledTerm, Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.features.arrays import FloatArray, IntArray
from segue.features.errors import UserError, unknown_name

CURVES: dict[str, tuple[float, ...]] = {
    "peak": (0.25, 0.45, 0.7, 0.95, 0.9, 0.55, 0.2),
    "warm-up": (0.2, 0.35, 0.5, 0.7, 0.9),
    "cool-down": (0.8, 0.6, 0.4, 0.25, 0.1),
    "workout": (0.4, 0.8, 0.95, 0.95, 0.9, 0.4),
    "waves": (0.3, 0.8, 0.3, 0.8, 0.3),
    "steady": (0.5, 0.5),
}
"""Target energy (0 to 1) at equally spaced points of the session."""


ENERGY_COLUMN, SPREAD = range(2)
"""Indices into the constants of the kernel."""


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
    """Writes the negated squared distance from the target energy."""
    features, position, hidden, curve = (
        state.features,
        state.position,
        state.hidden,
        shared.curves[term.index],
    )
    energy = int(term.constants[ENERGY_COLUMN])
    for b in range(start, stop):
        target = curve[position[b]] + hidden[b, term.hidden]
        target = min(max(target, 0.0), 1.0)
        for m in range(slots.shape[1]):
            gap = features[b, slots[b, m], energy] - target
            out[b, m] = -(gap * gap)


@njit(error_model="numpy")
def _begin(term: Any, state: StateArrays, shared: SharedArrays, b: int, uniforms: FloatArray) -> None:
    """Draws the shift of the curve."""
    state.hidden[b, term.hidden] = term.constants[SPREAD] * (2.0 * uniforms[0] - 1.0)


@dataclass
class EnergyArc(Term):
    """Distance from a target energy, −(energy_k − target(k/L))².

    Attributes:
        curve: A name from `CURVES`, or target energies in [0, 1] at equally spaced points.
        spread: Half-width of the uniform shift of the curve per listener.

    Source:
        DJ practice (warm up, peak, cool down); the quadratic form is ours.
    """

    needs: ClassVar[tuple[str, ...]] = ("energy",)
    source: ClassVar[str] = "DJ practice; quadratic form ours"
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(
        _utility, begin=_begin, constants=("energy_column", "spread")
    )

    curve: str | tuple[float, ...] = "peak"
    spread: float = 0.1

    def bind(self, context: TermContext) -> None:
        """Interpolates the target at every position."""
        if isinstance(self.curve, str):
            if self.curve not in CURVES:
                raise unknown_name("energy_arc curve", self.curve, CURVES)
            points = np.array(CURVES[self.curve])
        else:
            points = np.asarray(self.curve, dtype=float)
        if points.size < 2 or points.min() < 0 or points.max() > 1:
            raise UserError("Term energy_arc: a curve needs two or more target energies between 0 and 1.")
        if self.spread < 0:
            raise UserError(f"Term energy_arc: spread must be 0 or more, but is {self.spread}.")
        self.energy_column = context.column_of("energy", needed_by="term energy_arc")
        progress = np.linspace(0.0, 1.0, context.length)
        self.target = np.interp(progress, np.linspace(0.0, 1.0, points.size), points)
        self.n_draws = self.n_hidden = 1

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes −(energy − target)²."""
        now = np.minimum(sessions.position, len(self.target) - 1)
        target = np.clip(self.target[now] + hidden[:, 0], 0.0, 1.0)
        return -((sessions.features(slots)[:, :, self.energy_column] - target[:, None]) ** 2)

    def time_curve(self, length: int) -> FloatArray:
        """Returns the target energy at every position."""
        return np.append(self.target, self.target[-1])
