"""The named arrays that the compiled loop works on, passed as a few objects.

A session has some thirty arrays. Passed one by one they would cost more than the step itself, and most of the
time of compilation; a structure is passed by its address.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
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
        play_amount: What a play adds to stocks and memories, an index into `PLAY_AMOUNTS`.
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
    play_amount: int
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


class Buffers(NamedTuple):
    """What the loop exchanges with an environment.

    Attributes:
        seen: Observations of all sessions.
        last: Last observations of the sessions that are over.
        last_candidates: The features of their candidates, float32 (B, K, F).
        over: Which sessions these are, (B,).
        begins: The sessions to begin, (B,).
        limit: Steps after which a session is cut off; 0: never.
    """

    seen: ObservationArrays
    last: ObservationArrays
    last_candidates: Float32Array
    over: IntArray
    begins: BoolArray
    limit: int


@structref.register
class _StateType(types.StructRef):
    """The numba type of a `StateArrays` that is passed by its address."""


@structref.register
class _SharedType(types.StructRef):
    """The numba type of a `SharedArrays` that is passed by its address."""


@structref.register
class _BuffersType(types.StructRef):
    """The numba type of a `Buffers` that is passed by its address."""


class _State(structref.StructRefProxy):
    """The same fields as `StateArrays`."""


class _Shared(structref.StructRefProxy):
    """The same fields as `SharedArrays`."""


class _Buffers(structref.StructRefProxy):
    """The same fields as `Buffers`."""


structref.define_proxy(_State, _StateType, StateArrays._fields)
structref.define_proxy(_Shared, _SharedType, SharedArrays._fields)
structref.define_proxy(_Buffers, _BuffersType, Buffers._fields)


# Compiled, so that they are cached on disk like the loop.
@njit(cache=True)
def _pack_state(fields):
    return _State(*fields)


@njit(cache=True)
def _pack_shared(fields):
    return _Shared(*fields)


@njit(cache=True)
def _pack_buffers(fields):
    return _Buffers(*fields)


def without_numba() -> bool:
    """Returns whether numba is switched off by `NUMBA_DISABLE_JIT`."""
    return bool(getattr(numba.config, "DISABLE_JIT", 0))


def pack(fields: StateArrays | SharedArrays | Buffers) -> Any:
    """Returns a structure with the same fields, whose arrays are referenced; as it is without numba."""
    if without_numba():
        return fields
    if isinstance(fields, StateArrays):
        return _pack_state(fields)
    return _pack_shared(fields) if isinstance(fields, SharedArrays) else _pack_buffers(fields)


def as_records(array: AnyArray) -> AnyArray:
    """Returns an array whose elements have fields as attributes, which those of NumPy lack without numba."""
    return array.view(np.recarray) if without_numba() else array
