"""All that the compiled loops work on, by name, handed over as one object.

Passing an array from Python to a compiled loop costs as much as some fifty additions, and a single session
has some thirty arrays: they would cost more than the step itself. A structure is passed by its address.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, types
from numba.experimental import structref

from segue.envs.compiled.transitions import ENTRY_COLUMNS, EXIT_COLUMNS
from segue.features.arrays import (
    AnyArray,
    BoolArray,
    Float32Array,
    FloatArray,
    Int32Array,
    Int64Array,
    IntArray,
)


class StateArrays(NamedTuple):
    """What differs between sessions, one row per session; see `SessionState` for shapes and meanings."""

    pool: IntArray
    features: Float32Array
    entry: Float32Array
    available: BoolArray
    history: IntArray
    position: Int64Array
    hidden: FloatArray
    term_state: FloatArray
    noise: FloatArray
    skips: Int64Array
    ema: FloatArray
    ended: BoolArray
    context: FloatArray
    groups: Int32Array
    group_history: Int32Array
    exits: Float32Array


class RecordLayout(NamedTuple):
    """Where each part of a track's record begins, in columns of 4 bytes; the features come first.

    Attributes:
        entry: Boundary features that count on entering the track, in the order of `ENTRY_COLUMNS`.
        groups: Group codes of the track, one per grouping, int32.
        exit: Boundary features that count on leaving it, in the order of `EXIT_COLUMNS`.
        end: Number of columns used.
    """

    entry: int
    groups: int
    exit: int
    end: int

    @classmethod
    def of(cls, features: int, groupings: int) -> RecordLayout:
        """Lays out records of tracks with so many features and groupings."""
        groups = features + len(ENTRY_COLUMNS)
        exit_ = groups + groupings
        return cls(features, groups, exit_, exit_ + len(EXIT_COLUMNS))


class SkipHazardConstants(NamedTuple):
    """Constants of `SkipHazard`: β and the cumulative base hazard at 5 s, at 30 s and at the end."""

    beta: float = 0.0
    until_5s: float = 0.0
    until_30s: float = 0.0
    until_end: float = 0.0


class AbandonHazardConstants(NamedTuple):
    """Constants of `AbandonHazard`, under the names of its fields."""

    never: bool
    a: float
    b: float
    c: float
    shape: float
    scale: float
    decay: float


class SharedArrays(NamedTuple):
    """What all sessions share: the catalogue, the listener's terms, response and departure, and work space.

    Attributes:
        records: One record per track, float32 (n, at least `layout.end`).
        codes: The same memory read as int32.
        layout: Where each part of a record begins.
        durations: Length of every track in s, (n, 1).
        terms: The compiled terms, records of `TERM_ROW`, (n_terms,).
        curves: Values of each term that depend on time alone, (n_terms, L + 1).
        response: Constants of the response.
        departure: Constants of the departure.
        repeat_utility: Utility of hearing a repeat.
        scratch: Room for the transitions into one pool, float32 (1, K T).
    """

    records: Float32Array
    codes: Int32Array
    layout: RecordLayout
    durations: FloatArray
    terms: AnyArray
    curves: FloatArray
    response: SkipHazardConstants
    departure: AbandonHazardConstants
    repeat_utility: float
    scratch: Float32Array


MAX_CONSTANTS = 6

TERM_ROW = np.dtype(
    [
        ("kernel", np.int64),
        ("index", np.int64),
        ("weight", np.float64),
        ("hidden", np.int64),
        ("state", np.int64),
        ("noise", np.int64),
        ("grouping", np.int64),
        ("target_state", np.int64),
        ("constants", np.float64, (MAX_CONSTANTS,)),
    ],
    align=True,
)
"""One term as the loops read it.

`kernel` is its place among the compiled terms (-1: it runs in NumPy), `index` its row in `curves`; `hidden`,
`state` and `noise` are its first columns in those arrays, `grouping` its row in `groups` (-1: none) and
`target_state` the first state column of the term it works on.
"""

OUTCOME = np.dtype(
    [
        ("utility", np.float64),
        ("listened", np.float64),
        ("track", np.int64),
        ("position", np.int64),
        ("heard", np.bool_),
        ("skipped", np.bool_),
        ("left", np.bool_),
        ("terminated", np.bool_),
    ],
    align=True,
)
"""The outcome of one play; see `StepResult` for the meanings."""


@structref.register
class _BatchArraysType(types.StructRef):
    """The type that numba gives to `BatchArrays`."""


class BatchArrays(structref.StructRefProxy):
    """The arrays of a batch of sessions; they are shared, not copied.

    Its fields, which only compiled loops read, are `state` (`StateArrays`) and `shared` (`SharedArrays`).
    """


structref.define_proxy(BatchArrays, _BatchArraysType, ["state", "shared"])


@njit(cache=True)
def pack(state, shared):
    """Makes `BatchArrays`; compiled, so that it is kept on disk as the loops are."""
    return BatchArrays(state, shared)
