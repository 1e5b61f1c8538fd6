"""The parts of a setting that run in NumPy: terms, pools, responses and rewards that users supply.

Whatever they return is checked here, because the compiled loops trust it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from segue.envs.compiled.noise import POOL, RESPONSE
from segue.envs.compiled.normal import SMALLEST
from segue.envs.compiled.philox import stream_id, uniform_rows
from segue.envs.listener.term import Play
from segue.features.arrays import AnyArray, FloatArray, IntArray
from segue.features.errors import UserError

if TYPE_CHECKING:
    from segue.envs.core.session import Sessions
    from segue.envs.core.step_result import StepResult


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


def draws(sessions: Sessions, rows: IntArray | slice, stream: str, positions: IntArray, n: int) -> FloatArray:
    """Returns uniform numbers of a stream in some sessions, (R, n); 0.5 without noise."""
    keys = sessions.state.key[rows]
    if sessions.noiseless:
        return np.full((len(keys), n), 0.5)
    return uniform_rows(keys, sessions.setting.split_key, np.uint64(stream_id(stream)), positions, n)


def add_utilities(sessions: Sessions, slots: IntArray, parts: FloatArray) -> None:
    """Writes the weighted utilities of the terms in NumPy to their rows of `parts`, (1 + n_terms, B, M)."""
    setting = sessions.setting
    for row, (name, term) in enumerate(setting.listener.terms.items(), start=1):
        if name in setting.term_table.in_numpy:
            raw = term.utility(sessions, slots, sessions.hidden_of(name), sessions.state_of(name))
            parts[row] = term.weight * checked_numbers(raw, slots.shape, f"Term {name}: utility")


def respond(sessions: Sessions, outcome: AnyArray) -> None:
    """Lets a custom response decide how much of each track is heard."""
    setting = sessions.setting
    uniform = np.full(len(outcome), 0.5)
    if not sessions.noiseless:
        keys, positions = sessions.state.key, outcome["position"]
        uniform = uniform_rows(keys, setting.split_key, RESPONSE, positions, 1)[:, 0]
    duration = setting.durations[outcome["track"]]
    raw = setting.listener.response.listened(uniform, outcome["utility"], duration)
    listened = checked_numbers(raw, uniform.shape, "Response: listened")
    if listened.min() < 0.0 or listened.max() > 1.0:
        raise UserError("Response: listened must return fractions between 0 and 1; clip them.")
    set_listened(outcome, listened)


def set_listened(outcome: AnyArray, listened: FloatArray) -> None:
    """Sets the heard fractions (B,) of plays; a repeat is not heard."""
    outcome["listened"] = np.where(outcome["heard"], listened, 0.0)
    outcome["skipped"] = outcome["listened"] < 1.0


def update_terms(sessions: Sessions, slots: IntArray, outcome: AnyArray) -> None:
    """Updates the states of the terms in NumPy."""
    setting, everyone = sessions.setting, slice(None)
    for name in setting.term_table.in_numpy:
        term = setting.listener.terms[name]
        noise = draws(sessions, everyone, f"noise/{name}", outcome["position"], term.n_noise)
        if term.normal_noise:
            noise = ndtri(np.clip(noise, SMALLEST, 1.0 - SMALLEST))
        play = Play(slots, outcome["heard"], outcome["utility"], outcome["listened"], noise)
        term.update(sessions, play, sessions.hidden_of(name), sessions.state_of(name))
        checked_numbers(sessions.state_of(name), sessions.state_of(name).shape, f"Term {name}: update")


def draw_pools(sessions: Sessions, rows: IntArray) -> None:
    """Draws the pools and the starts of the sessions that begin next in some rows."""
    setting, state = sessions.setting, sessions.state
    keys = state.next_key[rows]
    uniforms = uniform_rows(keys, setting.split_key, POOL, np.zeros(len(rows), np.intp), setting.pool.n_draws)
    pool, start = (np.asarray(part) for part in setting.pool.draw(uniforms))
    for what, part, shape in (
        ("candidates", pool, (len(rows), sessions.pool_size)),
        ("start tracks", start, (len(rows),)),
    ):
        if part.shape != shape or not np.issubdtype(part.dtype, np.integer):
            raise UserError(f"The pool must draw {what} as an integer array of shape {shape}.")
    tracks = len(setting.catalog)
    if pool.min() < -1 or start.min() < 0 or max(pool.max(), start.max()) >= tracks:
        raise UserError(f"The pool drew a track that the catalogue lacks; its tracks are 0 to {tracks - 1}.")
    if (pool < 0).all(axis=1).any():
        raise UserError("The pool drew no candidate at all; -1 marks only those that are missing.")
    state.pool[rows], state.history[rows, 0] = pool, start


def draw_listeners(sessions: Sessions, rows: IntArray, uniforms: FloatArray | None = None) -> None:
    """Draws the hidden parameters and begins the states of the terms whose `draw` is in NumPy.

    Args:
        sessions: The batch.
        rows: The sessions, (R,).
        uniforms: Uniform numbers of the bias and of every term, (R, n_draws), instead of the sessions' own.
    """
    listener = sessions.setting.listener
    for name in sessions.setting.term_table.begin_in_numpy:
        term, columns = listener.terms[name], listener.draw_columns[name]
        if uniforms is None:
            key, positions = f"listener/{name}", np.zeros(len(rows), np.intp)
            keys, split = sessions.state.key[rows], sessions.setting.split_key
            own = uniform_rows(keys, split, np.uint64(stream_id(key)), positions, term.n_draws)
        else:
            own = uniforms[:, columns]
        shape = (len(rows), term.n_hidden)
        hidden = checked_numbers(term.draw(own), shape, f"Term {name}: draw")
        sessions.hidden_of(name)[rows] = hidden
        begun = checked_numbers(term.begin(hidden), (len(rows), term.n_state), f"Term {name}: begin")
        sessions.state_of(name)[rows] = begun


def rewards(sessions: Sessions, result: StepResult, repeats: int) -> FloatArray:
    """Computes the rewards of a step, (B,); a repeat earns at most 0.

    Args:
        sessions: The batch.
        result: The outcome of the step.
        repeats: How many listeners heard a repeat.
    """
    setting = sessions.setting
    reward = setting.reward(sessions, result)
    if setting.custom_reward:
        reward = checked_numbers(reward, (sessions.batch,), f"Reward {setting.reward_name!r}")
    return np.where(result.heard, reward, np.minimum(reward, 0.0)) if repeats else reward
