"""The named arrays that the compiled loops work on, passed as one object.

Passing an array from Python to a compiled loop costs about as much as fifty additions, and a single session
has some thirty arrays, so passing them would cost more than the step itself. A structure is passed by its
address.
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
    """Arrays with one row per session; see `SessionState` for shapes and meanings."""

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
    """First columns of the parts of a track's record, in columns of 4 bytes; the features come first.

    Attributes:
        entry: Boundary features used when entering the track, in the order of `ENTRY_COLUMNS`.
        groups: Group codes of the track, one per grouping, int32.
        exit: Boundary features used when leaving the track, in the order of `EXIT_COLUMNS`.
        end: Number of columns used.
    """

    entry: int
    groups: int
    exit: int
    end: int

    @classmethod
    def of(cls, features: int, groupings: int) -> RecordLayout:
        """Returns the layout for a number of features and groupings."""
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
    """Constants of `AbandonHazard`, named as its fields."""

    never: bool
    a: float
    b: float
    c: float
    shape: float
    scale: float
    decay: float


class SharedArrays(NamedTuple):
    """Arrays and constants that all sessions share: catalogue, term table, response, departure, work space.

    Attributes:
        records: One record per track, float32 (n, at least `layout.end`).
        codes: The same memory read as int32.
        layout: First columns of the parts of a record.
        durations: Length of every track in s, (n, 1).
        terms: The term table, records of `TERM_ROW`, (n_terms,).
        curves: Values of each term that depend only on time, (n_terms, L + 1).
        response: Constants of the response.
        departure: Constants of the departure.
        play_amount: What a play adds to stocks and memories, an index into `PLAY_AMOUNTS`.
        repeat_utility: Utility of hearing a repeat.
        scratch: Work space for the transitions into one pool, float32 (1, K T).
    """

    records: Float32Array
    codes: Int32Array
    layout: RecordLayout
    durations: FloatArray
    terms: AnyArray
    curves: FloatArray
    response: SkipHazardConstants
    departure: AbandonHazardConstants
    play_amount: int
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
"""One row of the term table.

`kernel` is the index of the term's kernels (-1: the term runs in NumPy) and `index` its row in `curves`;
`hidden`, `state` and `noise` are its first columns in those arrays, `grouping` its row in `groups` (-1: none)
and `target_state` the first state column of the term that it changes.
"""

OUTCOME = np.dtype(
    [
        ("utility", np.float64),
        ("listened", np.float64),
        ("amount", np.float64),
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
    """The numba type of `BatchArrays`."""


class BatchArrays(structref.StructRefProxy):
    """The arrays of a batch of sessions, which are referenced, not copied.

    The fields, which only compiled loops read, are `state` (`StateArrays`) and `shared` (`SharedArrays`).
    """


structref.define_proxy(BatchArrays, _BatchArraysType, ["state", "shared"])


@njit(cache=True)
def pack(state, shared):
    """Returns `BatchArrays`; compiled, so that it is cached on disk like the loops."""
    return BatchArrays(state, shared)
