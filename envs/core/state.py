"""The state of a batch of sessions: arrays with one row per session."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from segue.envs.compiled.batch_arrays import StateArrays
from segue.envs.compiled.observe import CONTEXT_SCALARS
from segue.envs.compiled.transitions import ENTRY_COLUMNS, EXIT_COLUMNS
from segue.features.arrays import (
    BoolArray,
    Float32Array,
    FloatArray,
    Int32Array,
    Int64Array,
    IntArray,
    UInt64Array,
)
from segue.features.errors import UserError


class StateSizes(NamedTuple):
    """Sizes of the arrays of a session.

    Attributes:
        pool: Candidates K.
        length: Longest playlist L.
        features: Features F of a candidate.
        hidden: Hidden parameters of a listener.
        term_state: Changing columns of the listener's terms.
        groupings: Groupings G of the tracks.
        past: Tracks heard last, M, whose boundary features are kept.
    """

    pool: int
    length: int
    features: int
    hidden: int
    term_state: int
    groupings: int
    past: int


_CHANGED_BY_PLAYS = (
    *("available", "history", "position", "hidden", "term_state", "skips", "ema", "ended", "context"),
    *("group_history", "exits"),
)
"""Arrays of `SessionState` that a play may change: about a fifth of its memory."""


@dataclass(repr=False)
class SessionState:
    """Everything that differs between sessions, one row per session; B sessions, K candidates.

    Attributes:
        pool: Catalogue index of each candidate, -1 where there is none, int32 (B, K).
        features: Features of each candidate, float32 (B, K, F).
        entry: Boundary features used when entering each candidate, float32 (B, 11, K).
        available: Candidates not yet played, (B, K).
        history: Catalogue indices of the tracks heard, the start track first, int32 (B, L + 1).
        position: Tracks played so far, (B,).
        hidden: The listener's hidden parameters: bias, then the columns of every term, (B, n_hidden).
        term_state: Changing columns of every term, (B, n_state).
        skips: Consecutive skips, (B,).
        ema: Moving average of the utility, (B,).
        ended: Sessions that are over, (B,).
        context: Statistics shown in the observation; columns in `compiled.observe`, (B, 6 + 4 F).
        groups: Group code of each candidate in each grouping that the terms use, int32 (B, G, K).
        group_history: Group code of each track heard, int32 (B, G, L + 1).
        exits: Boundary features used when leaving the last tracks heard, that of position p in row
            p mod M, float32 (B, M, 11).
        key: Key of the session's random numbers, uint64 (B,).
        next_key: Key of the session that will begin next in this row, uint64 (B,).
    """

    pool: Int32Array
    features: Float32Array
    entry: Float32Array
    available: BoolArray
    history: Int32Array
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

    @classmethod
    def empty(cls, sizes: StateSizes, batch: int) -> SessionState:
        """Allocates B sessions that have not begun."""
        heard = sizes.length + 1
        return cls(
            pool=np.zeros((batch, sizes.pool), np.int32),
            features=np.zeros((batch, sizes.pool, sizes.features), np.float32),
            entry=np.zeros((batch, len(ENTRY_COLUMNS), sizes.pool), np.float32),
            available=np.zeros((batch, sizes.pool), np.bool_),
            history=np.zeros((batch, heard), np.int32),
            position=np.zeros(batch, np.int64),
            hidden=np.zeros((batch, sizes.hidden)),
            term_state=np.zeros((batch, sizes.term_state)),
            skips=np.zeros(batch, np.int64),
            ema=np.zeros(batch),
            ended=np.ones(batch, np.bool_),
            context=np.zeros((batch, CONTEXT_SCALARS + 4 * sizes.features)),
            groups=np.zeros((batch, sizes.groupings, sizes.pool), np.int32),
            group_history=np.zeros((batch, sizes.groupings, heard), np.int32),
            exits=np.zeros((batch, sizes.past, len(EXIT_COLUMNS)), np.float32),
            key=np.zeros(batch, np.uint64),
            next_key=np.zeros(batch, np.uint64),
        )

    def __repr__(self) -> str:
        batch = len(self.position)
        where = f"position {self.position[0]}" if batch == 1 else f"{int(self.ended.sum())} of {batch} over"
        return f"<SessionState, {where}>"

    @cached_property
    def arrays(self) -> StateArrays:
        """The arrays that the compiled loops take."""
        return StateArrays(**{name: getattr(self, name) for name in StateArrays._fields})

    def __getstate__(self) -> dict[str, Any]:
        """Leaves out the cached tuple of arrays: in a copy it would hold other arrays."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    def replace_starts(self, rows: IntArray, tracks: IntArray, recordings: Int32Array) -> None:
        """Replaces drawn start tracks by others.

        A candidate that is the same recording gives its slot to the drawn start, so that a pool never holds
        the start of its session.

        Args:
            rows: The sessions, (R,).
            tracks: Catalogue indices of their start tracks, (R,); negative ones change nothing.
            recordings: Code of the recording of every track, (n,).
        """
        for row, track in zip(rows.tolist(), tracks.tolist(), strict=True):
            drawn = self.history[row, 0]
            if track < 0 or track == drawn:
                continue
            pool = self.pool[row]
            same = np.flatnonzero((pool >= 0) & (recordings[pool] == recordings[track]))
            pool[same[:1]], pool[same[1:]] = drawn, -1
            self.history[row, 0] = track

    def take(self, rows: IntArray) -> SessionState:
        """Copies some rows; a row may be named several times."""
        return SessionState(**{f.name: getattr(self, f.name)[rows] for f in dataclasses.fields(self)})

    def set_back(self, earlier: SessionState, rows: IntArray) -> None:
        """Undoes plays in all rows, in place.

        Args:
            earlier: The state that this one was taken from.
            rows: The rows of it that were taken, (B,).
        """
        for name in _CHANGED_BY_PLAYS:
            np.take(getattr(earlier, name), rows, axis=0, out=getattr(self, name), mode="clip")


@dataclass(frozen=True, repr=False)
class Snapshot:
    """A copy of a batch.

    Attributes:
        state: The state of the sessions.
        generators: The states of their generators.
        plays: The plays recorded for rendering.
        layout_digest: What the arrays of the state refer to; see `Setting.layout_digest`.
    """

    state: SessionState
    generators: tuple[dict[str, Any], ...]
    plays: tuple[dict[str, Any], ...]
    layout_digest: str

    def __repr__(self) -> str:
        return f"<Snapshot of {self.state!r}>"

    def check_fits(self, batch: int, generators: int, layout_digest: str) -> None:
        """Checks that the snapshot can be restored in some sessions.

        Args:
            batch: Number of sessions B.
            generators: Number of their generators, 0 for copies.
            layout_digest: What their arrays refer to.

        Raises:
            UserError: If it cannot.
        """
        own = len(self.state.position), len(self.generators)
        if own != (batch, generators):
            raise UserError(
                f"The snapshot is of {own[0]} sessions and {own[1]} generators, but these are {batch} and "
                f"{generators}; restore it where it was taken."
            )
        if layout_digest != self.layout_digest:
            raise UserError(
                "The snapshot was taken with another catalogue, other sizes or other terms; restore it in an "
                "environment with the same settings."
            )
