"""The batched core: B sessions of a listener, a pool and a playlist, stepped at once.

This is the only implementation of the dynamics: the scalar environment is this core with B = 1. All
randomness of a session comes from one block of uniform numbers, which the session's generator draws at the
start. A seed therefore determines listener, pool and noise, independent of actions and batch size.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from segue.envs.compiled.batch_arrays import OUTCOME, pack
from segue.envs.compiled.begin_kernel import begin_kernel
from segue.envs.compiled.noise import fill_rows
from segue.envs.compiled.play_amount import PLAY_AMOUNTS, play_amounts
from segue.envs.compiled.steps import loop
from segue.envs.core.setting import Setting
from segue.envs.core.state import SessionState
from segue.envs.core.step_result import UTILITY, StepResult
from segue.envs.listener.term import Play, Term, normal_from
from segue.features import Catalog
from segue.features.arrays import AnyArray, BoolArray, Float32Array, FloatArray, Int64Array, IntArray


@dataclass(frozen=True)
class Snapshot:
    """A copy of a batch: its state and the states of its generators."""

    state: SessionState
    generators: tuple[dict[str, Any], ...]


class Sessions:
    """B sessions of one setting.

    Args:
        setting: Catalogue, listener, pool, reward and sizes; shared and never changed.
        generators: One generator per session; `begin` draws from them.
    """

    def __init__(self, setting: Setting, generators: list[np.random.Generator]) -> None:
        self.setting = setting
        self.generators = generators
        self.state = SessionState.empty(setting.sizes, len(generators))
        self._prepare()

    def _prepare(self) -> None:
        self._arrays: tuple[SessionState | None, Any] = (None, None)
        self._all_slots = np.arange(self.pool_size)
        self._names = ("bias", *self.setting.listener.terms)
        self._utility_names = tuple(f"{UTILITY}{name}" for name in self._names)

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
    def pool(self) -> IntArray:
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
    def history(self) -> IntArray:
        """Catalogue indices of the tracks heard, the start track first, (B, L + 1)."""
        return self.state.history

    @property
    def terms(self) -> dict[str, Term]:
        """The listener's terms by name."""
        return self.setting.listener.terms

    @property
    def current(self) -> IntArray:
        """Catalogue index of the track heard last (the start track at first), (B,)."""
        return self.state.history[np.arange(self.batch), self.state.position]

    @property
    def arrays(self) -> Any:
        """The arrays that the compiled loops work on, packed again after the state was replaced."""
        if self._arrays[0] is not self.state:
            self._arrays = (self.state, pack(self.state.arrays, self.setting.shared_arrays()))
        return self._arrays[1]

    def __getstate__(self) -> dict[str, Any]:
        """Leaves out the packed arrays: a copy packs its own."""
        return {**self.__dict__, "_arrays": (None, None)}

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
        if slots is None:
            slots = np.tile(self._all_slots, (self.batch, 1))
        return self._named(self._utilities(slots))

    def _utilities(self, slots: IntArray) -> FloatArray:
        """Computes the weighted contributions of bias and terms, (1 + n_terms, B, M)."""
        setting = self.setting
        parts = np.empty((1 + len(setting.listener.terms), *slots.shape))
        loop("utilities")(slots, self.arrays, parts)
        for row, (name, term) in enumerate(setting.listener.terms.items(), start=1):
            if name in setting.term_table.in_numpy:
                raw = term.utility(self, slots, self.hidden_of(name), self.state_of(name))
                parts[row] = term.weight * raw
        return parts

    def _named(self, parts: FloatArray) -> dict[str, FloatArray]:
        return dict(zip(self._names, parts, strict=True))

    def utility(self, slots: IntArray | None = None) -> FloatArray:
        """Computes the hidden utility of candidates, (B, M); all K by default."""
        return functools.reduce(np.add, self.utilities(slots).values())

    def expected_reward(self, slots: IntArray | None = None) -> FloatArray:
        """Computes the expected immediate reward of candidates (B, M) over the noise; all K by default."""
        tracks = self.state.pool if slots is None else np.take_along_axis(self.state.pool, slots, axis=1)
        return self.setting.expected_reward(self, self.utility(slots), tracks)

    # ------------------------------------------------------------------ stepping
    def begin(self, rows: IntArray) -> None:
        """Starts new sessions in some rows and draws all their random numbers from their generators."""
        setting, state = self.setting, self.state
        listener = setting.listener
        fill_rows(self.generators, rows, state.block)
        drawn = state.block[rows, : setting.pool.n_draws + listener.n_draws]
        pool, start = setting.pool.draw(drawn[:, : setting.pool.n_draws])
        hidden = listener.draw(setting.population(drawn[:, setting.pool.n_draws :]))
        for columns in listener.normal_columns:
            at = slice(2 + columns.start, 2 + columns.stop)
            state.noise[rows, :, at] = normal_from(state.noise[rows, :, at])
        started = (pool, start, hidden, listener.begin(hidden))
        begin_kernel()(rows, *started, self.arrays)

    def step(self, slots: IntArray) -> StepResult:
        """Plays one candidate in every session.

        A session that is over stays over: its plays count as repeats and earn at most 0.

        Args:
            slots: Pool slot of each session, (B,).

        Returns:
            Response and reward of every session.
        """
        slots = np.ascontiguousarray(slots, dtype=np.intp)
        outcome = np.empty(self.batch, OUTCOME)
        parts, repeats = self._play(slots, outcome)
        result = StepResult(outcome, parts[:, :, 0], self._utility_names, outcome["listened"])
        reward = self.setting.reward(self, result)
        result.reward = np.where(result.heard, reward, np.minimum(reward, 0.0)) if repeats else reward
        return result

    def _play(self, slots: IntArray, outcome: AnyArray) -> tuple[FloatArray, int]:
        """Fills `outcome`, one record of `OUTCOME` per session.

        Returns:
            Contributions to the utility (1 + n_terms, B, 1), and how many listeners heard a repeat.
        """
        setting, arrays, column = self.setting, self.arrays, slots[:, None]
        if not (setting.term_table.in_numpy or setting.custom_response):
            parts = np.empty((1 + len(setting.listener.terms), len(slots), 1))
            return parts, loop("play")(column, arrays, parts, outcome)
        parts = self._utilities(column)
        repeats = loop("respond")(column, arrays, parts, outcome)
        noise = self.state.noise[np.arange(len(slots)), outcome["position"]]
        if setting.custom_response:
            response = setting.listener.response
            duration = setting.durations[outcome["track"]]
            drawn = response.listened(noise[:, 0], outcome["utility"], duration)
            outcome["listened"] = np.where(outcome["heard"], drawn, 0.0)
            outcome["skipped"] = outcome["listened"] < 1.0
            rule = PLAY_AMOUNTS.index(setting.listener.play_amount)
            outcome["amount"] = play_amounts(outcome["heard"], outcome["listened"], rule)
        for name in setting.term_table.in_numpy:
            term_noise = noise[:, 2:][:, setting.listener.noise_columns[name]]
            fields = {field: outcome[field] for field in ("heard", "utility", "listened", "amount")}
            play = Play(slots, **fields, noise=term_noise)
            setting.listener.terms[name].update(self, play, self.hidden_of(name), self.state_of(name))
        loop("advance")(column, arrays, outcome)
        return parts, repeats

    # ------------------------------------------------------------------ copies
    def snapshot(self) -> Snapshot:
        """Copies the state of all sessions and of their generators."""
        generators = tuple(dict(g.bit_generator.state) for g in self.generators)
        return Snapshot(self.state.take(np.arange(self.batch)), generators)

    def restore(self, snapshot: Snapshot) -> None:
        """Restores a snapshot; the same snapshot may be restored any number of times."""
        self.state = snapshot.state.take(np.arange(len(snapshot.state.position)))
        for generator, state in zip(self.generators, snapshot.generators, strict=True):
            generator.bit_generator.state = state

    def repeat(self, rows: IntArray) -> Sessions:
        """Returns an independent batch whose row i is a copy of row `rows[i]`.

        The copy has no generators, so it cannot `begin` new sessions.
        """
        copy = object.__new__(Sessions)
        copy.setting = self.setting
        copy.generators = []
        copy.state = self.state.take(np.asarray(rows, dtype=np.intp))
        copy._prepare()
        return copy
