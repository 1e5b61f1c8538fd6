"""The named arrays that the compiled loops work on, passed as one object.

Passing an array from Python to a compiled loop costs about as much as fifty additions, and a single session
has some thirty arrays, so passing them would cost more than the step itself. A structure is passed by its
address.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import config, njit, types
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
    UInt64Array,
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
    skips: Int64Array
    ema: FloatArray
    ended: BoolArray
    context: FloatArray
    groups: Int32Array
    group_history: Int32Array
    exits: Float32Array
    key: UInt64Array
    next_key: UInt64Array


class ObservationArrays(NamedTuple):
    """Observations of B sessions, except the candidates' features; see `ObservationLayout`."""

    transitions: Float32Array
    available: Float32Array
    context: Float32Array


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
        tables: Values of all terms that depend only on the catalogue, float32 (n,).
        response: Constants of the response.
        departure: Constants of the departure.
        repeat_utility: Utility of hearing a repeat.
        bias: Mean of the constant part of the utility over listeners.
        bias_spread: Its standard deviation.
        pool_tracks: Tracks of which pools are drawn uniformly, (n,); empty if a pool in NumPy draws them.
        split: Number of the split, the second half of every key of random numbers.
        noiseless: Whether every draw during a session is the middle of its distribution.
        stays: Whether no listener leaves.
    """

    records: Float32Array
    codes: Int32Array
    layout: RecordLayout
    durations: FloatArray
    terms: AnyArray
    curves: FloatArray
    tables: Float32Array
    response: SkipHazardConstants
    departure: AbandonHazardConstants
    repeat_utility: float
    bias: float
    bias_spread: float
    pool_tracks: IntArray
    split: np.uint64
    noiseless: bool
    stays: bool


MAX_CONSTANTS = 8

TERM_ROW = np.dtype(
    [
        ("kernel", np.int64),
        ("begin_kernel", np.int64),
        ("index", np.int64),
        ("weight", np.float64),
        ("hidden", np.int64),
        ("state", np.int64),
        ("draws", np.int64),
        ("listener_stream", np.uint64),
        ("noise_stream", np.uint64),
        ("table", np.int64),
        ("grouping", np.int64),
        ("target_state", np.int64),
        ("constants", np.float64, (MAX_CONSTANTS,)),
    ],
    align=True,
)
"""One row of the term table.

`kernel` is the index of the term's kernels (-1: the term runs in NumPy), `begin_kernel` that of the kernel
that draws its listeners (-1: NumPy) and `index` its row in `curves`;
`hidden` and `state` are its first columns in those arrays, `draws` its uniform numbers per listener,
`listener_stream` and `noise_stream` its streams of random numbers, `table` its first place in `tables`,
`grouping` its row in `groups` (-1: none) and `target_state` the first state column of the term that it
changes.
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
    """The numba type of `BatchArrays`."""


class BatchArrays(structref.StructRefProxy):
    """The arrays of a batch of sessions, which are referenced, not copied.

    The fields, which only compiled loops read, are `state` (`StateArrays`) and `shared` (`SharedArrays`).
    """


structref.define_proxy(BatchArrays, _BatchArraysType, ["state", "shared"])


@njit(cache=True)
def _pack(state, shared):
    """Makes the structure in compiled code, which is cached on disk like the loops."""
    return BatchArrays(state, shared)


class PlainBatchArrays(NamedTuple):
    """Stands for `BatchArrays` when numba is switched off."""

    state: StateArrays
    shared: SharedArrays


@structref.register
class _BuffersType(types.StructRef):
    """The numba type of `Buffers`."""


class Buffers(structref.StructRefProxy):
    """What the loops exchange with an environment; only compiled loops read the fields.

    The fields are `seen` (`ObservationArrays`, B rows), `last` and `last_candidates` (observations of the
    sessions that are over), `over` (their rows), `begins` (bool (B,): the sessions to begin) and `limit`
    (steps after which a session is cut off; 0: never).
    """


structref.define_proxy(Buffers, _BuffersType, ["seen", "last", "last_candidates", "over", "begins", "limit"])


@njit(cache=True)
def _pack_buffers(seen, last, last_candidates, over, begins, limit):
    """Makes the structure in compiled code, which is cached on disk like the loops."""
    return Buffers(seen, last, last_candidates, over, begins, limit)


class PlainBuffers(NamedTuple):
    """Stands for `Buffers` when numba is switched off."""

    seen: ObservationArrays
    last: ObservationArrays
    last_candidates: Float32Array
    over: IntArray
    begins: BoolArray
    limit: int


def as_records(array: AnyArray) -> AnyArray:
    """Returns an array whose elements have fields as attributes, which those of NumPy lack without numba."""
    return array.view(np.recarray) if config.DISABLE_JIT else array


def pack(state: StateArrays, shared: SharedArrays) -> Any:
    """Returns `BatchArrays`, or its plain form when numba is switched off."""
    return PlainBatchArrays(state, shared) if config.DISABLE_JIT else _pack(state, shared)


def pack_buffers(
    seen: ObservationArrays,
    last: ObservationArrays,
    last_candidates: Float32Array,
    over: IntArray,
    begins: BoolArray,
    limit: int,
) -> Any:
    """Returns `Buffers`, or its plain form when numba is switched off."""
    make = PlainBuffers if config.DISABLE_JIT else _pack_buffers
    return make(seen, last, last_candidates, over, begins, limit)
