"""The batched core: B sessions of a listener, a pool and a playlist, stepped at once.

This is the only implementation of the dynamics: the scalar environment is this core with B = 1. A session
draws one key from its generator; every other random number is a function of that key, the split, the name of
a stream, the position and the column. A seed therefore determines listener, pool and noise, independent of
actions, batch size and threads, and switching off one term changes no draw of another.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from segue.envs.compiled.batch_arrays import OUTCOME, as_records
from segue.envs.compiled.steps import ADVANCE, BEGIN, END, OBSERVE, RESPOND, UTILITIES, listeners_loop
from segue.envs.core.buffers import ObservationBuffers
from segue.envs.core.checks import (
    fractions,
    given_starts,
    pools_and_starts,
    rows_of,
    slots_in_pool,
)
from segue.envs.core.loops import Loops
from segue.envs.core.plug_ins import PlugIns
from segue.envs.core.setting import Setting
from segue.envs.core.state import SessionState, Snapshot
from segue.envs.core.step_result import UTILITY, StepResult
from segue.envs.listener.term import Term
from segue.features import Catalog
from segue.features.arrays import (
    BoolArray,
    Float32Array,
    FloatArray,
    Int32Array,
    Int64Array,
    IntArray,
)
from segue.features.errors import UserError

PLAY = UTILITIES | RESPOND | ADVANCE


class Sessions:
    """B sessions of one setting.

    Args:
        setting: Catalogue, listener, pool, reward and sizes; shared and never changed.
        generators: One generator per session; a session that begins draws its key from it.
        num_threads: Threads among which the sessions are divided; the results do not depend on it.
        limit: Steps after which `step_and_observe` cuts a session off; 0 for never.

    Attributes:
        noiseless: Whether every draw during a session is the middle of its distribution; see `repeat`.
        stays: Whether no listener leaves; see `repeat`.
        plays: Infos and rewards of the session so far, which an environment that renders records.
        utility_names: Names of the contributions to the utility, `utility_<term>`.
    """

    def __init__(
        self, setting: Setting, generators: list[np.random.Generator], num_threads: int = 1, limit: int = 0
    ) -> None:
        self.setting = setting
        self.generators = generators
        self.noiseless = self.stays = False
        self.plays: list[dict[str, Any]] = []
        self._num_threads, self._limit = num_threads, limit
        self._use(SessionState.empty(setting.sizes, len(generators)))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.setting!r}, now {self.state!r}>"

    def _use(self, state: SessionState) -> None:
        """Replaces the state, and with it what refers to its arrays."""
        self.state = state
        self._loops: Loops | None = None
        self._plug_ins = PlugIns(self.setting, state, self, self.noiseless)
        self._all_slots = np.arange(self.pool_size)
        self._names = ("bias", *self.setting.listener.terms)
        self.utility_names = tuple(f"{UTILITY}{name}" for name in self._names)

    @property
    def loops(self) -> Loops:
        """The compiled loops on the arrays of these sessions."""
        if self._loops is None:
            self._loops = Loops(
                self.setting, self.state, self.noiseless, self.stays, self._num_threads, self._limit
            )
        return self._loops

    @property
    def buffers(self) -> ObservationBuffers:
        """The arrays exchanged with an environment."""
        return self.loops.buffers

    def __getstate__(self) -> dict[str, Any]:
        """Leaves out the packed arrays of the state: a copy packs its own."""
        return {**self.__dict__, "_loops": None}

    # ------------------------------------------------------------------ sizes and public state
    @property
    def batch(self) -> int:
        """Number of sessions B."""
        return len(self.state.position)

    @property
    def catalog(self) -> Catalog:
        """All tracks."""
        return self.setting.catalog

    @property
    def pool_size(self) -> int:
        """Candidates K per session."""
        return self.setting.pool_size

    @property
    def length(self) -> int:
        """Longest playlist L."""
        return self.setting.length

    @property
    def pool(self) -> Int32Array:
        """Catalogue index of each candidate, (B, K)."""
        return self.state.pool

    @property
    def available(self) -> BoolArray:
        """Candidates not yet played, (B, K)."""
        return self.state.available

    @property
    def position(self) -> Int64Array:
        """Tracks played so far, (B,)."""
        return self.state.position

    @property
    def history(self) -> Int32Array:
        """Catalogue indices of the tracks heard, the start track first, (B, L + 1)."""
        return self.state.history

    @property
    def terms(self) -> dict[str, Term]:
        """The listener's terms by name."""
        return self.setting.listener.terms

    @property
    def current(self) -> Int32Array:
        """Catalogue index of the track heard last (the start track at first), (B,)."""
        return self.state.history[np.arange(self.batch), self.state.position]

    # ------------------------------------------------------------------ read by terms and rewards
    def features(self, slots: IntArray) -> Float32Array:
        """Returns features of some candidates, (B, M, F) for slots (B, M)."""
        return self.state.features[np.arange(self.batch)[:, None], slots]

    def boundary_features(self, slots: IntArray) -> Float32Array:
        """Returns boundary features of some candidates, (B, M, P) for slots (B, M)."""
        return self.catalog.boundary_features[np.take_along_axis(self.state.pool, slots, axis=1)]

    def earlier(self, steps_back: int) -> tuple[Float32Array, BoolArray]:
        """Returns boundary features of the track heard `steps_back` plays ago; 1 is the current track.

        Returns:
            The features (B, P), and whether the session has such a track, (B,); where not, the features
            are meaningless.
        """
        place = self.state.position - (steps_back - 1)
        track = self.state.history[np.arange(self.batch), np.maximum(place, 0)]
        return self.catalog.boundary_features[track], place >= 0

    def hidden_of(self, term: str) -> FloatArray:
        """Returns a view of one term's hidden parameters, (B, n_hidden)."""
        return self.state.hidden[:, self.setting.listener.hidden_columns[term]]

    def state_of(self, term: str) -> FloatArray:
        """Returns a view of one term's state, (B, n_state)."""
        return self.state.term_state[:, self.setting.listener.state_columns[term]]

    # ------------------------------------------------------------------ hidden quantities, for oracles
    def utilities(self, slots: IntArray | None = None) -> dict[str, FloatArray]:
        """Computes the weighted contribution of every term if a candidate were played now.

        Args:
            slots: Candidates (B, M); all of them by default.

        Returns:
            `"bias"` and the name of each term to float64 (B, M).
        """
        return dict(zip(self._names, self._utilities(self._checked(slots)), strict=True))

    def _checked(self, slots: IntArray | None) -> IntArray:
        """Returns slots (B, M) of any integer type, or all slots, as the compiled loops take them."""
        if slots is None:
            return np.tile(self._all_slots, (self.batch, 1))
        return slots_in_pool(slots, (self.batch, None), self.pool_size)

    def _column(self, slots: IntArray) -> IntArray:
        """Returns one slot per session, (B,), as the compiled loops take them, (B, 1)."""
        return slots_in_pool(slots, (self.batch,), self.pool_size)[:, None]

    def _utilities(self, slots: IntArray) -> FloatArray:
        """Computes the weighted contributions of bias and terms, (1 + n_terms, B, M)."""
        parts = np.empty((len(self._names), *slots.shape))
        self.loops.run(UTILITIES, slots, parts)
        self._plug_ins.add_utilities(slots, parts)
        return parts

    def utility(self, slots: IntArray | None = None) -> FloatArray:
        """Computes the hidden utility of candidates, (B, M); all K by default."""
        return functools.reduce(np.add, self.utilities(slots).values())

    def expected_reward(self, slots: IntArray | None = None) -> FloatArray:
        """Computes the expected immediate reward of candidates (B, M) over the noise; all K by default."""
        checked, pool = self._checked(slots), self.state.pool
        utility = functools.reduce(np.add, self._utilities(checked))
        tracks = pool if slots is None else np.take_along_axis(pool, checked, axis=1)
        return self.setting.expected_reward(self, utility, tracks)

    # ------------------------------------------------------------------ beginning
    def begin(self, rows: IntArray, tracks: IntArray | None = None) -> None:
        """Starts new sessions in some rows: each draws a key from its generator; see `start`."""
        self.draw_keys(rows)
        self.start(rows, tracks)

    def draw_keys(self, rows: IntArray) -> None:
        """Draws the keys of the sessions that will begin next in some rows from their generators."""
        rows, next_key = rows_of(rows, self.batch), self.state.next_key
        if not self.generators:
            raise UserError("Copies made by `repeat` cannot begin new sessions; begin the original ones.")
        for row in rows.tolist():
            next_key[row] = self.generators[row].bit_generator.random_raw()

    def start(self, rows: IntArray, tracks: IntArray | None = None) -> None:
        """Starts sessions, whose keys are drawn already, in some rows.

        Args:
            rows: The sessions, (R,).
            tracks: Catalogue indices of their start tracks, (R,), negative where the start is drawn; by
                default all are.
        """
        rows = rows_of(rows, self.batch)
        if not rows.size:
            return
        if tracks is not None:
            tracks = given_starts(tracks, len(rows), len(self.catalog))
        begins = self.buffers.begins
        begins[:] = False
        begins[rows] = True
        if self.setting.custom_pool:
            self._plug_ins.draw_pools(rows)
        self.loops.run(BEGIN)
        if tracks is not None:
            self.state.replace_starts(rows, tracks, self.catalog.recording_codes)
            self.loops.begin_with_given_pools(self.setting)
        self._plug_ins.draw_listeners(rows)

    def start_with(self, pool: Int32Array, start: IntArray) -> None:
        """Starts all sessions with given candidates; their keys are drawn already.

        Args:
            pool: Catalogue index of each candidate, -1 where there is none, (B, K).
            start: Catalogue index of the track heard before the session, (B,).

        Raises:
            UserError: If the arrays have other shapes, or name tracks that the catalogue lacks.
        """
        shape, tracks = self.state.pool.shape, len(self.catalog)
        pool, start = pools_and_starts(pool, start, shape, tracks, "start_with")
        self.buffers.begins[:] = True
        self.state.pool[:], self.state.history[:, 0] = pool, start
        self.loops.begin_with_given_pools(self.setting)
        self._plug_ins.draw_listeners(np.arange(self.batch))

    def set_listeners(self, uniforms: FloatArray) -> None:
        """Replaces the listeners of sessions that have not played yet.

        Args:
            uniforms: Uniform numbers of the bias and of every term, (B, n_draws), from 0 to 1.

        Raises:
            UserError: If they have another shape or range.
        """
        shape = (self.batch, self.setting.listener.n_draws)
        uniforms = fractions(uniforms, (shape,), "Uniform numbers of listeners")
        listeners_loop()(uniforms, *self.loops.arrays)
        self._plug_ins.draw_listeners(np.arange(self.batch), uniforms)

    # ------------------------------------------------------------------ stepping
    def step(self, slots: IntArray) -> StepResult:
        """Plays one candidate in every session.

        A session that is over stays over: its plays count as repeats and earn at most 0.

        Args:
            slots: Pool slot of each session, (B,).

        Returns:
            Response and reward of every session.

        Raises:
            UserError: If a slot is outside the pool, or there is not one slot per session.
        """
        return self._step(self._column(slots), 0)

    def step_and_observe(self, slots: IntArray, begin_again: bool) -> StepResult:
        """Plays one candidate in every session, and writes all observations to `buffers.seen`.

        Args:
            slots: Pool slot of each session, as `slots_of` returns it, (B,).
            begin_again: Whether sessions that are over, or have played `buffers.limit` tracks, begin again.
                They are then in `result.over`, and their last observations in `buffers`.

        Returns:
            Response and reward of every session.
        """
        return self._step(self._column(slots), END | BEGIN | OBSERVE if begin_again else OBSERVE)

    def observe(self) -> None:
        """Writes the observations of all sessions to `buffers.seen`."""
        self.loops.run(OBSERVE)

    def _step(self, column: IntArray, then: int) -> StepResult:
        """Plays slots (B, 1) and takes the sessions through some stages after that."""
        loops = self.loops
        result = self._empty_result()
        if self.setting.in_one_pass:
            repeats = loops.run(PLAY | then, column, result.all_parts, result.outcome)
            result.reward = self._plug_ins.rewards(result, repeats)
        else:
            repeats = self._play_in_stages(column, result)
            result.reward = self._plug_ins.rewards(result, repeats)
            if then & END:
                loops.run(END, column, result.all_parts, result.outcome)
                self.start(loops.over)
            if then & OBSERVE:
                loops.run(OBSERVE)
        return result

    def replay(self, slots: IntArray, listened: float | FloatArray) -> StepResult:
        """Plays one candidate in every session, of which a known share is heard.

        Args:
            slots: Pool slot of each session, (B,).
            listened: The heard fraction, 0 to 1: one for all sessions, or one for each, (B,).

        Returns:
            The response, with rewards of 0.

        Raises:
            UserError: If a slot is outside the pool, or a heard fraction outside 0 to 1.
        """
        listened = fractions(listened, ((self.batch,), (1,)), "Heard fractions")
        result = self._empty_result()
        self._play_in_stages(self._column(slots), result, listened)
        result.reward = np.zeros(self.batch)
        return result

    def _empty_result(self) -> StepResult:
        parts, outcome = (
            np.empty((len(self._names), self.batch, 1)),
            as_records(np.empty(self.batch, OUTCOME)),
        )
        return StepResult(outcome, parts, self.utility_names, outcome["listened"])

    def _play_in_stages(
        self, column: IntArray, result: StepResult, listened: float | FloatArray | None = None
    ) -> int:
        """Plays with the parts in NumPy between the compiled stages; returns the number of repeats."""
        loops, parts, outcome = self.loops, result.all_parts, result.outcome
        loops.run(UTILITIES, column, parts, outcome)
        self._plug_ins.add_utilities(column, parts)
        repeats = loops.run(RESPOND, column, parts, outcome)
        if listened is not None:
            self._plug_ins.set_listened(outcome, np.full(self.batch, listened))
        elif self.setting.custom_response:
            self._plug_ins.respond(outcome)
        self._plug_ins.update_terms(column[:, 0], outcome)
        loops.run(ADVANCE, column, parts, outcome)
        return repeats

    # ------------------------------------------------------------------ copies
    def snapshot(self) -> Snapshot:
        """Copies the state of all sessions and of their generators."""
        generators = tuple(dict(g.bit_generator.state) for g in self.generators)
        state = self.state.take(np.arange(self.batch))
        return Snapshot(state, generators, tuple(self.plays), self.setting.layout_digest)

    def restore(self, snapshot: Snapshot) -> None:
        """Restores a snapshot; the same snapshot may be restored any number of times.

        Raises:
            UserError: If it was taken of another number of sessions, or in another setting.
        """
        snapshot.check_fits(self.batch, len(self.generators), self.setting.layout_digest)
        self._use(snapshot.state.take(np.arange(len(snapshot.state.position))))
        self.plays = list(snapshot.plays)
        for generator, state in zip(self.generators, snapshot.generators, strict=True):
            generator.bit_generator.state = state

    def repeat(
        self,
        rows: IntArray,
        *,
        noiseless: bool | None = None,
        stays: bool | None = None,
        rng: np.random.Generator | None = None,
    ) -> Sessions:
        """Returns an independent batch whose row i is a copy of row `rows[i]`.

        The copy has no generators, so it cannot `begin` new sessions.

        Args:
            rows: Rows to copy, (N,); a row may be named several times.
            noiseless: Whether the copies play without noise: every response is the median one, every noise
                of a term is the middle of its distribution, and nobody leaves. As in this batch by default.
            stays: Whether nobody leaves; as in this batch by default.
            rng: Gives every copy noise of its own, independent of that of the original.
        """
        copy = object.__new__(Sessions)
        copy.setting, copy.generators, copy.plays = self.setting, [], []
        copy.noiseless = self.noiseless if noiseless is None else noiseless
        copy.stays = self.stays if stays is None else stays
        copy._num_threads, copy._limit = self._num_threads, 0
        copy._use(self.state.take(rows_of(rows, self.batch)))
        if rng is not None:
            copy.state.key[:] = rng.integers(2**64, size=copy.batch, dtype=np.uint64)
        return copy

    def set_back(self, original: Sessions, rows: IntArray) -> None:
        """Undoes the plays of a batch that `repeat` returned, in a fraction of the time of a new copy.

        Args:
            original: The batch that was repeated, in the state that it had then.
            rows: The rows that were repeated.

        Raises:
            UserError: If these sessions are not copies of such rows.
        """
        rows = rows_of(rows, original.batch)
        if len(rows) != self.batch or original.setting is not self.setting:
            raise UserError("Only copies that `repeat` made of these rows can be set back to them.")
        self.state.set_back(original.state, rows)
