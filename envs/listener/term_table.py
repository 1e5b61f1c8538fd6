"""The term table that the compiled loops read, and the dispatch to each term's kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import MAX_CONSTANTS, TERM_ROW, SharedArrays, StateArrays
from segue.envs.listener.listener import Listener
from segue.envs.listener.term import Term
from segue.envs.listener.terms import TERMS, term_class
from segue.features.arrays import AnyArray, FloatArray, Int32Array, IntArray

COMPILED: tuple[type[Term], ...] = tuple(cls for cls in map(term_class, TERMS) if cls.compiled is not None)
"""The built-in terms with a kernel; the index of a term here is the `kernel` of its row.

Subclasses are not included: they may override the NumPy form, which is therefore the one that runs.
"""


@njit(error_model="numpy")
def _no_utility(
    term: Any, state: StateArrays, shared: SharedArrays, slots: IntArray, out: FloatArray
) -> None:
    """Writes zeros for a term without a utility kernel."""
    out[:] = 0.0


@njit(error_model="numpy")
def _no_update(
    term: Any, state: StateArrays, shared: SharedArrays, slots: IntArray, outcome: AnyArray
) -> None:
    """Does nothing for a term without an update kernel."""


def _link(number: int, kernel: Any, otherwise: Any) -> Any:
    """Returns a function that calls this kernel for terms of this number, else the other function."""

    @njit(error_model="numpy")
    def call(term: Any, state: StateArrays, shared: SharedArrays, slots: IntArray, out: FloatArray) -> None:
        if term.kernel == number:
            kernel(term, state, shared, slots, out)
        else:
            otherwise(term, state, shared, slots, out)

    return call


def _dispatch(kernels: list[Any], otherwise: Any) -> Any:
    """Returns one function that calls the kernel given in a term's row."""
    for number, kernel in reversed(list(enumerate(kernels))):
        if kernel is not None:
            otherwise = _link(number, kernel, otherwise)
    return otherwise


write_utility = _dispatch([cls.compiled.utility for cls in COMPILED if cls.compiled], _no_utility)
"""Writes a term's unweighted utility (B, M): `write_utility(term, state, shared, slots, out)`."""
update_term = _dispatch([cls.compiled.update for cls in COMPILED if cls.compiled], _no_update)
"""Updates a term's state after a play: `update_term(term, state, shared, slots, outcome)`."""


@dataclass(frozen=True)
class TermTable:
    """The compiled part of a listener.

    Attributes:
        rows: One record of `TERM_ROW` per term, (n_terms,).
        curves: `Term.time_curve` of each term, float64 (n_terms, L + 1).
        groups: Distinct group codes of all tracks, int32 (G, n_tracks).
        in_numpy: Names of the terms that run in their NumPy form.
    """

    rows: AnyArray
    curves: FloatArray
    groups: Int32Array
    in_numpy: tuple[str, ...]


def build_term_table(listener: Listener, length: int, n_tracks: int) -> TermTable:
    """Builds the table of a bound listener for sessions of up to L tracks.

    Args:
        listener: A listener bound to its catalogue.
        length: Longest playlist L.
        n_tracks: Number of tracks in the catalogue.
    """
    rows = np.zeros(len(listener.terms), TERM_ROW)
    rows["kernel"] = rows["grouping"] = rows["target_state"] = -1
    rows["index"] = np.arange(len(rows))
    curves = np.zeros((len(rows), length + 1))
    groups: list[Int32Array] = []
    in_numpy = []
    for row, (name, term) in enumerate(listener.terms.items()):
        rows[row]["weight"] = term.weight
        rows[row]["hidden"] = listener.hidden_columns[name].start
        rows[row]["state"] = listener.state_columns[name].start
        rows[row]["noise"] = listener.noise_columns[name].start
        if type(term) not in COMPILED or term.compiled is None:
            in_numpy.append(name)
            continue
        rows[row]["kernel"] = COMPILED.index(type(term))
        constants = [float(getattr(term, constant)) for constant in term.compiled.constants]
        rows[row]["constants"] = constants + [0.0] * (MAX_CONSTANTS - len(constants))
        curves[row] = term.time_curve(length)
        codes = term.grouping()
        if codes is not None:
            rows[row]["grouping"] = _index_of(codes, groups)
        for other in term.works_on:
            rows[row]["target_state"] = listener.state_columns[other].start
    stacked = np.stack(groups) if groups else np.zeros((0, n_tracks), np.int32)
    return TermTable(rows, curves, np.ascontiguousarray(stacked, np.int32), tuple(in_numpy))


def _index_of(codes: Int32Array, groups: list[Int32Array]) -> int:
    """Returns the row of these codes, adding it if new, so that terms over the same groups share a row."""
    for index, other in enumerate(groups):
        if np.array_equal(codes, other):
            return index
    groups.append(codes)
    return len(groups) - 1
