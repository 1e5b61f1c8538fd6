"""The parts of a setting that run in NumPy: terms, pools, responses and rewards that users supply.

Whatever they return is checked here, because the compiled loops trust it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from segue.envs.compiled.draws.noise import POOL, RESPONSE
from segue.envs.compiled.draws.normal import SMALLEST
from segue.envs.compiled.draws.philox import stream_id, uniform_rows
from segue.envs.compiled.play_amount import PLAY_AMOUNTS, play_amounts
from segue.envs.core.checks import pools_and_starts
from segue.envs.core.setting import Setting
from segue.envs.core.state import SessionState
from segue.envs.core.step_result import StepResult
from segue.envs.listener.term import Play
from segue.envs.listener.view import SessionsView
from segue.features.arrays import AnyArray, FloatArray, Int64Array, IntArray
from segue.features.errors import UserError


def checked_numbers(values: Any, shape: tuple[int, ...], what: str) -> FloatArray:
    """Returns what a plug-in computed, as float64.

    Args:
        values: The result.
        shape: The shape that it must have.
        what: Subject of the error message, such as `"Term mine: utility"`.

    Raises:
        UserError: If the shape is another one, or a number is not finite.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise UserError(f"{what} must return numbers, but returned {type(values).__name__}.") from None
    if array.shape != shape:
        raise UserError(f"{what} must return an array of shape {shape}, but returned {array.shape}.")
    if not np.isfinite(array).all():
        raise UserError(f"{what} returned a number that is not finite; check for division by zero and logs.")
    return array


@dataclass
class PlugIns:
    """The parts in NumPy of B sessions.

    Attributes:
        setting: What the sessions share.
        state: Their arrays.
        view: What terms and rewards may read.
        noiseless: Whether every draw during a session is the middle of its distribution.
    """

    setting: Setting
    state: SessionState
    view: SessionsView
    noiseless: bool

    def _uniforms(self, stream: int, positions: Int64Array, columns: int) -> FloatArray:
        """Returns the draws of a stream in all sessions, (B, columns)."""
        if self.noiseless:
            return np.full((len(positions), columns), 0.5)
        return uniform_rows(self.state.key, self.setting.split_key, np.uint64(stream), positions, columns)

    def add_utilities(self, slots: IntArray, parts: FloatArray) -> None:
        """Writes the weighted utilities of terms in NumPy to their rows of `parts`, (1 + n_terms, B, M)."""
        listener = self.setting.listener
        for row, (name, term) in enumerate(listener.terms.items(), start=1):
            if name in self.setting.term_table.in_numpy:
                raw = term.utility(self.view, slots, self._hidden(name), self._state(name))
                parts[row] = term.weight * checked_numbers(raw, slots.shape, f"Term {name}: utility")

    def _hidden(self, name: str) -> FloatArray:
        return self.state.hidden[:, self.setting.listener.hidden_columns[name]]

    def _state(self, name: str) -> FloatArray:
        return self.state.term_state[:, self.setting.listener.state_columns[name]]

    def respond(self, outcome: AnyArray) -> None:
        """Lets a custom response decide how much of each track is heard."""
        uniform = self._uniforms(int(RESPONSE), outcome["position"], 1)[:, 0]
        duration = self.setting.durations[outcome["track"]]
        raw = self.setting.listener.response.listened(uniform, outcome["utility"], duration)
        listened = checked_numbers(raw, uniform.shape, "Response: listened")
        if listened.min() < 0.0 or listened.max() > 1.0:
            raise UserError("Response: listened must return fractions between 0 and 1; clip them.")
        self.set_listened(outcome, listened)

    def set_listened(self, outcome: AnyArray, listened: FloatArray) -> None:
        """Sets the heard fractions (B,) of plays, and what depends on them; a repeat is not heard."""
        outcome["listened"] = np.where(outcome["heard"], listened, 0.0)
        outcome["skipped"] = outcome["listened"] < 1.0
        rule = PLAY_AMOUNTS.index(self.setting.listener.play_amount)
        outcome["amount"] = play_amounts(outcome["heard"], outcome["listened"], rule)

    def update_terms(self, slots: IntArray, outcome: AnyArray) -> None:
        """Updates the states of the terms in NumPy."""
        from scipy.special import ndtri

        for name in self.setting.term_table.in_numpy:
            term = self.setting.listener.terms[name]
            noise = self._uniforms(stream_id(f"noise/{name}"), outcome["position"], term.n_noise)
            if term.normal_noise:
                noise = ndtri(np.clip(noise, SMALLEST, 1.0 - SMALLEST))
            fields = {field: outcome[field] for field in ("heard", "utility", "listened", "amount")}
            play = Play(slots, **fields, noise=noise)
            state = self._state(name)
            term.update(self.view, play, self._hidden(name), state)
            checked_numbers(state, state.shape, f"Term {name}: update")

    def draw_pools(self, rows: IntArray) -> None:
        """Draws the pools and the starts of the sessions that begin next in some rows."""
        setting, state = self.setting, self.state
        keys, positions = state.next_key[rows], np.zeros(len(rows), np.int64)
        uniforms = uniform_rows(keys, setting.split_key, POOL, positions, setting.pool.n_draws)
        drawn = setting.pool.draw(uniforms)
        if not isinstance(drawn, tuple | list) or len(drawn) != 2:
            raise UserError("The pool: draw must return two arrays, the candidates and the start tracks.")
        shape, tracks = (len(rows), setting.pool_size), len(setting.catalog)
        pool, start = pools_and_starts(*drawn, shape, tracks, "The pool")
        state.pool[rows], state.history[rows, 0] = pool, start

    def draw_listeners(self, rows: IntArray, uniforms: FloatArray | None = None) -> None:
        """Draws the hidden parameters and begins the states of the terms whose `draw` is in NumPy.

        Args:
            rows: The sessions, (R,).
            uniforms: Uniform numbers of the bias and of every term, (R, n_draws), instead of their own.
        """
        listener, split = self.setting.listener, self.setting.split_key
        keys, positions = self.state.key[rows], np.zeros(len(rows), np.int64)
        for name in self.setting.term_table.begin_in_numpy:
            term, stream = listener.terms[name], np.uint64(stream_id(f"listener/{name}"))
            if uniforms is None:
                own = uniform_rows(keys, split, stream, positions, term.n_draws)
            else:
                own = uniforms[:, listener.draw_columns[name]]
            hidden = checked_numbers(term.draw(own), (len(rows), term.n_hidden), f"Term {name}: draw")
            begun = checked_numbers(term.begin(hidden), (len(rows), term.n_state), f"Term {name}: begin")
            self._hidden(name)[rows], self._state(name)[rows] = hidden, begun

    def rewards(self, result: StepResult, repeats: int) -> FloatArray:
        """Computes the rewards of a step, (B,); a repeat earns at most 0.

        Args:
            result: The outcome of the step.
            repeats: How many listeners heard a repeat.
        """
        reward = self.setting.reward(self.view, result)
        if self.setting.custom_reward:
            shape = result.outcome.shape
            reward = checked_numbers(reward, shape, f"Reward {self.setting.reward_name!r}")
        return np.where(result.heard, reward, np.minimum(reward, 0.0)) if repeats else reward
