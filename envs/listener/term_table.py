"""The term table that the compiled loops read, and the dispatch to each term's kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import MAX_CONSTANTS, TERM_ROW, SharedArrays, StateArrays, as_records
from segue.envs.compiled.draws.philox import stream_id
from segue.envs.listener.listener import Listener
from segue.envs.listener.term import Term
from segue.envs.listener.terms import TERMS, term_class
from segue.features.arrays import AnyArray, Float32Array, FloatArray, Int32Array, IntArray

COMPILED: tuple[type[Term], ...] = tuple(cls for cls in map(term_class, TERMS) if cls.compiled is not None)
"""The built-in terms with a kernel; the index of a term here is the `kernel` of its row.

Subclasses are not included: they may override the NumPy form, which is therefore the one that runs.
"""


@njit(error_model="numpy")
def _no_utility(
    term: Any,
    state: StateArrays,
    shared: SharedArrays,
    slots: IntArray,
    out: FloatArray,
    start: int,
    stop: int,
) -> None:
    """Writes zeros for a term without a utility kernel."""
    for b in range(start, stop):
        for m in range(out.shape[1]):
            out[b, m] = 0.0


@njit(error_model="numpy")
def _no_update(
    term: Any,
    state: StateArrays,
    shared: SharedArrays,
    slots: IntArray,
    outcome: AnyArray,
    start: int,
    stop: int,
) -> None:
    """Does nothing for a term without an update kernel."""


@njit(error_model="numpy")
def _no_begin(term: Any, state: StateArrays, shared: SharedArrays, b: int, uniforms: FloatArray) -> None:
    """Does nothing for a term without hidden parameters."""


def _dispatch(kernels: list[Any], otherwise: Any, column: str) -> Any:
    """Returns one function that calls the kernel whose number stands in a column of the term's row."""
    for number, kernel in reversed(list(enumerate(kernels))):
        if kernel is not None:
            otherwise = (_link_begin if column == "begin_kernel" else _link)(number, kernel, otherwise)
    return otherwise


def _link(number: int, kernel: Any, otherwise: Any) -> Any:
    """Returns a function that calls this kernel for terms of this number, else the other function.

    It is inlined: as functions that call each other they would take twice as long to compile.
    """

    @njit(error_model="numpy", inline="always")
    def call(
        term: Any,
        state: StateArrays,
        shared: SharedArrays,
        slots: IntArray,
        out: FloatArray,
        start: int,
        stop: int,
    ) -> None:
        if term.kernel == number:
            kernel(term, state, shared, slots, out, start, stop)
        else:
            otherwise(term, state, shared, slots, out, start, stop)

    return call


def _link_begin(number: int, kernel: Any, otherwise: Any) -> Any:
    """Does the same for the kernels that begin a session."""

    @njit(error_model="numpy", inline="always")
    def call(term: Any, state: StateArrays, shared: SharedArrays, b: int, uniforms: FloatArray) -> None:
        if term.begin_kernel == number:
            kernel(term, state, shared, b, uniforms)
        else:
            otherwise(term, state, shared, b, uniforms)

    return call


_KERNELS = [cls.compiled for cls in COMPILED if cls.compiled]
write_utility = _dispatch([kernels.utility for kernels in _KERNELS], _no_utility, "kernel")
"""Writes unweighted utilities (B, M): `write_utility(term, state, shared, slots, out, start, stop)`."""
update_term = _dispatch([kernels.update for kernels in _KERNELS], _no_update, "kernel")
"""Updates a state after a play: `update_term(term, state, shared, slots, outcome, start, stop)`."""
begin_term = _dispatch([kernels.begin for kernels in _KERNELS], _no_begin, "begin_kernel")
"""Draws a term's hidden parameters and begins its state: `begin_term(term, state, shared, b, uniforms)`."""


def begins_in_numpy(term: Term) -> bool:
    """Returns whether the methods `draw` and `begin` of a term are called, not a kernel."""
    cls = type(term)
    return _begin_kernel(cls) < 0 or cls.draw is not Term.draw or cls.begin is not Term.begin


def _begin_kernel(cls: type[Term]) -> int:
    """Returns the index of the built-in term whose kernel draws this one: itself or what it inherits."""
    return next((COMPILED.index(base) for base in cls.__mro__ if base in COMPILED), -1)


@dataclass(frozen=True)
class TermTable:
    """The compiled part of a listener.

    Attributes:
        rows: One record of `TERM_ROW` per term, (n_terms,).
        curves: `Term.time_curve` of each term, float64 (n_terms, L + 1).
        tables: `Term.table` of all terms, one after another, float32 (n,).
        groups: Distinct group codes of all tracks, int32 (G, n_tracks).
        in_numpy: Names of the terms that run in their NumPy form.
        begin_in_numpy: Names of the terms whose listeners are drawn in NumPy.
    """

    rows: AnyArray
    curves: FloatArray
    tables: Float32Array
    groups: Int32Array
    in_numpy: tuple[str, ...]
    begin_in_numpy: tuple[str, ...]


def build_term_table(listener: Listener, length: int, n_tracks: int) -> TermTable:
    """Builds the table of a bound listener for sessions of up to L tracks.

    Args:
        listener: A listener bound to its catalogue.
        length: Longest playlist L.
        n_tracks: Number of tracks in the catalogue.
    """
    rows = np.zeros(len(listener.terms), TERM_ROW)
    rows["kernel"] = rows["begin_kernel"] = rows["grouping"] = rows["target_state"] = -1
    rows["index"] = np.arange(len(rows))
    curves = np.zeros((len(rows), length + 1))
    groups: list[Int32Array] = []
    tables = [term.table() for term in listener.terms.values()]
    rows["table"] = np.cumsum([0, *map(len, tables)])[:-1]
    in_numpy = []
    for row, (name, term) in enumerate(listener.terms.items()):
        rows[row]["weight"] = term.weight
        rows[row]["hidden"] = listener.hidden_columns[name].start
        rows[row]["state"] = listener.state_columns[name].start
        rows[row]["draws"] = term.n_draws
        rows[row]["listener_stream"] = stream_id(f"listener/{name}")
        rows[row]["noise_stream"] = stream_id(f"noise/{name}")
        if not begins_in_numpy(term):
            rows[row]["begin_kernel"] = _begin_kernel(type(term))
            # The constants serve the kernel that draws the listener even if the rest runs in NumPy.
            rows[row]["constants"] = _constants(term)
        if type(term) not in COMPILED or term.compiled is None:
            in_numpy.append(name)
            continue
        rows[row]["kernel"] = COMPILED.index(type(term))
        rows[row]["constants"] = _constants(term)
        curves[row] = term.time_curve(length)
        codes = term.grouping()
        if codes is not None:
            rows[row]["grouping"] = _index_of(codes, groups)
        for other in term.works_on:
            rows[row]["target_state"] = listener.state_columns[other].start
    stacked = np.stack(groups) if groups else np.zeros((0, n_tracks), np.int32)
    return TermTable(
        as_records(rows),
        curves,
        np.concatenate([np.zeros(0, np.float32), *tables]),
        np.ascontiguousarray(stacked, np.int32),
        tuple(in_numpy),
        tuple(name for name, term in listener.terms.items() if begins_in_numpy(term)),
    )


def _constants(term: Term) -> list[float]:
    names = term.compiled.constants if term.compiled else ()
    return [float(getattr(term, name)) for name in names] + [0.0] * (MAX_CONSTANTS - len(names))


def _index_of(codes: Int32Array, groups: list[Int32Array]) -> int:
    """Returns the row of these codes, adding it if new, so that terms over the same groups share a row."""
    for index, other in enumerate(groups):
        if np.array_equal(codes, other):
            return index
    groups.append(codes)
    return len(groups) - 1
