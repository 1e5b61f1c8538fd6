"""The state of a batch of sessions: arrays with one row a session."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from segue.envs.compiled.memory import MEMORY_SCALARS
from segue.envs.compiled.transitions import ARRIVING, LEAVING
from segue.features.arrays import (
    AnyArray,
    BoolArray,
    Float32Array,
    FloatArray,
    Int32Array,
    Int64Array,
    IntArray,
)

if TYPE_CHECKING:
    from segue.envs.core.setting import Setting


@dataclass
class SessionState:
    """Everything that differs between sessions, one row a session; B sessions, K candidates.

    Attributes:
        pool: Catalogue index of each candidate, -1 where there is none, (B, K).
        features: Features of each candidate, float32 (B, K, F).
        arriving: Links that count on entering each candidate, float32 (B, 11, K).
        available: Candidates not yet played, (B, K).
        history: Catalogue indices heard, the start track first, (B, L + 1).
        position: Tracks played so far, (B,).
        hidden: Who the listener is: bias, then the columns of every term, (B, n_hidden).
        terms: Changing columns of every term, (B, n_state).
        tape: Draws for every step: response, departure, noise of terms; a view, (B, L, 2 + n_noise).
        skips: Consecutive skips, (B,).
        ema: Moving average of the utility, (B,).
        ended: Sessions that are over, (B,).
        memory: What an agent may remember; columns in `segue.envs.core.observation`, (B, 6 + 4 F).
        groups: Codes of each candidate in each grouping that the terms use, int32 (B, G, K).
        past: Codes of each track heard, int32 (B, G, L + 1).
        leaving: Links that count on leaving each track heard, float32 (B, L + 1, 11).
        block: All uniform numbers of the session, of which the last are the tape, (B, n_draws).
    """

    pool: IntArray
    features: Float32Array
    arriving: Float32Array
    available: BoolArray
    history: IntArray
    position: Int64Array
    hidden: FloatArray
    terms: FloatArray
    skips: Int64Array
    ema: FloatArray
    ended: BoolArray
    memory: FloatArray
    groups: Int32Array
    past: Int32Array
    leaving: Float32Array
    block: FloatArray
    channels: int

    @classmethod
    def empty(cls, setting: Setting, batch: int) -> SessionState:
        """Makes room for B sessions that have not begun."""
        catalog, size, listener = setting.catalog, setting.pool_size, setting.listener
        heard, grouped = setting.length + 1, len(setting.term_table.groups)
        features = catalog.matrix.shape[1]
        return cls(
            pool=np.zeros((batch, size), np.intp),
            features=np.zeros((batch, size, features), np.float32),
            arriving=np.zeros((batch, len(ARRIVING), size), np.float32),
            available=np.zeros((batch, size), np.bool_),
            history=np.zeros((batch, heard), np.intp),
            position=np.zeros(batch, np.int64),
            hidden=np.zeros((batch, listener.n_hidden)),
            terms=np.zeros((batch, listener.n_state)),
            skips=np.zeros(batch, np.int64),
            ema=np.zeros(batch),
            ended=np.ones(batch, np.bool_),
            memory=np.zeros((batch, MEMORY_SCALARS + 4 * features)),
            groups=np.zeros((batch, grouped, size), np.int32),
            past=np.zeros((batch, grouped, heard), np.int32),
            leaving=np.zeros((batch, heard, len(LEAVING)), np.float32),
            block=np.zeros((batch, setting.n_draws)),
            channels=2 + listener.n_noise,
        )

    @cached_property
    def noise(self) -> FloatArray:
        """The draws of every step, (B, L, 2 + n_noise)."""
        batch, length = len(self.position), self.history.shape[1] - 1
        return self.block[:, -length * self.channels :].reshape(batch, length, self.channels)

    @cached_property
    def every_row(self) -> IntArray:
        """The numbers of all rows, (B,)."""
        return np.arange(len(self.position))

    @cached_property
    def arrays(self) -> tuple[AnyArray, ...]:
        """All arrays in the order that the compiled loops take them in."""
        about_listener = (self.hidden, self.terms, self.noise, self.skips, self.ema, self.ended)
        about_tracks = (self.pool, self.features, self.arriving, self.available, self.history)
        return (
            *about_tracks,
            self.position,
            *about_listener,
            self.memory,
            self.groups,
            self.past,
            self.leaving,
        )

    @cached_property
    def shown(self) -> tuple[AnyArray, ...]:
        """The arrays that an observation is made of: handing over an array costs as much as a few sums."""
        return self.arriving, self.available, self.position, self.skips, self.memory, self.leaving

    def __getstate__(self) -> dict[str, Any]:
        """Leaves out the views: in a copy they would be arrays of their own, which nothing refills."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    def take(self, rows: IntArray) -> SessionState:
        """Copies some rows, each as often as it is named."""
        fields = (f.name for f in dataclasses.fields(self) if f.name != "channels")
        return SessionState(**{name: getattr(self, name)[rows] for name in fields}, channels=self.channels)
