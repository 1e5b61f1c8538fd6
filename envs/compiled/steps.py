"""The loops of a batch: utilities of candidates, response, and update of the sessions.

`arrays` is a `BatchArrays`; `state` and `shared` are its parts. Rows are independent, so that a session does
not depend on its batch. `outcome` holds one record of `OUTCOME` per session.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from numba import njit

from segue.envs.compiled.batch_arrays import StateArrays
from segue.envs.compiled.cache_key import cache_key
from segue.envs.compiled.context import update_context
from segue.envs.compiled.hazards import leaving_probability, listened_fraction
from segue.envs.compiled.play_amount import play_amount
from segue.envs.compiled.prefetch import fetch
from segue.envs.listener.term_table import update_term, write_utility

BLOCK = 64
"""Sessions processed at a time, such that their states fit into the cache of a core."""


@njit(error_model="numpy", forceinline=True)
def _write_utilities(slots, state, shared, parts):
    """Writes the weighted contributions of the bias (row 0) and of every term, (1 + n_terms, B, M)."""
    hidden, terms = state.hidden, shared.terms
    for b in range(slots.shape[0]):
        for m in range(slots.shape[1]):
            parts[0, b, m] = hidden[b, 0]
    for row in range(terms.size):
        term, out = terms[row], parts[1 + row]
        write_utility(term, state, shared, slots, out)
        if term.weight != 1.0:
            out *= term.weight


@njit(error_model="numpy", forceinline=True)
def _respond(slots, state, shared, parts, outcome):
    """Fills the fields of `outcome` that are determined within the track; returns the number of repeats."""
    pool, available, history, ended = state.pool, state.available, state.history, state.ended
    position, noise, durations, response = state.position, state.noise, shared.durations, shared.response
    repeats = 0
    for b in range(slots.shape[0]):
        slot, utility, listened = slots[b, 0], 0.0, 0.0
        heard = available[b, slot] and not ended[b]
        now = min(position[b], noise.shape[1] - 1)
        for row in range(parts.shape[0]):
            if not heard:
                parts[row, b, 0] = 0.0
            utility += parts[row, b, 0]
        if heard:
            track = pool[b, slot]
            listened = listened_fraction(noise[b, now, 0], utility, durations[track, 0], response)
        else:
            track = history[b, position[b]]
            utility = shared.repeat_utility
            repeats += 1
        play = outcome[b]
        play.utility = utility
        play.listened = listened
        play.amount = play_amount(heard, listened, shared.play_amount)
        play.track = track
        play.position = now
        play.heard = heard
        play.skipped = listened < 1.0
    return repeats


@njit(error_model="numpy", forceinline=True)
def _advance(slots, state, shared, outcome):
    """Updates terms, statistics and history, and determines which listeners leave."""
    available, history, position, noise = state.available, state.history, state.position, state.noise
    skips, ema, ended, context = state.skips, state.ema, state.ended, state.context
    groups, group_history, exits = state.groups, state.group_history, state.exits
    terms, records, departure = shared.terms, shared.records, shared.departure
    exit_column, length = shared.layout.exit, noise.shape[1]
    for row in range(terms.size):
        update_term(terms[row], state, shared, slots, outcome)
    for b in range(slots.shape[0]):
        play, slot = outcome[b], slots[b, 0]
        track, now = play.track, play.position
        update_context(context, b, records, track, play.listened)
        skips[b] = skips[b] + 1 if play.skipped else 0
        ema[b] = departure.decay * ema[b] + (1.0 - departure.decay) * play.utility
        for g in range(group_history.shape[1]):
            group = groups[b, g, slot] if play.heard else group_history[b, g, position[b]]
            group_history[b, g, now + 1] = group
        for column in range(exits.shape[2]):
            exits[b, now + 1, column] = records[track, exit_column + column]
        available[b, slot] = False
        position[b] = now + 1
        history[b, now + 1] = track
        left = noise[b, now, 1] < leaving_probability(position[b], skips[b], ema[b], departure)
        empty = True
        for k in range(available.shape[1]):
            if available[b, k]:
                empty = False
                break
        ended[b] = ended[b] or left or empty or position[b] >= length
        play.left = left
        play.terminated = ended[b]


@njit(error_model="numpy", forceinline=True)
def _rows(state, first, last):
    """Returns some rows of all arrays of a batch."""
    at = slice(first, last)
    return StateArrays(
        state.pool[at],
        state.features[at],
        state.entry[at],
        state.available[at],
        state.history[at],
        state.position[at],
        state.hidden[at],
        state.term_state[at],
        state.noise[at],
        state.skips[at],
        state.ema[at],
        state.ended[at],
        state.context[at],
        state.groups[at],
        state.group_history[at],
        state.exits[at],
    )


@njit(error_model="numpy", forceinline=True)
def _play(slots, state, shared, parts, outcome):
    """Plays one block of sessions after another, so that the data of a session stay in the cache."""
    repeats, pool, records, durations = 0, state.pool, shared.records, shared.durations
    for first in range(0, slots.shape[0], BLOCK):
        last = min(first + BLOCK, slots.shape[0])
        for b in range(first, last):
            track = pool[b, slots[b, 0]]
            fetch(records, track, records.shape[1])
            fetch(durations, track, 1)
        few, block, share = slots[first:last], _rows(state, first, last), parts[:, first:last]
        result = outcome[first:last]
        _write_utilities(few, block, shared, share)
        repeats += _respond(few, block, shared, share, result)
        _advance(few, block, shared, result)
    return repeats


@cache
def loop(name: str) -> Any:
    """Returns a compiled loop over a batch, cached on disk between processes.

    Args:
        name: `"utilities"`, `"respond"`, `"advance"` or `"play"`, which does all three. `"respond"` and
            `"play"` return the number of listeners who heard a repeat.
    """
    version = cache_key()

    @njit(cache=True, error_model="numpy")
    def utilities(slots, arrays, parts):
        version  # noqa: B018 - part of the key of the cached code
        _write_utilities(slots, arrays.state, arrays.shared, parts)

    @njit(cache=True, error_model="numpy")
    def respond(slots, arrays, parts, outcome):
        version  # noqa: B018
        return _respond(slots, arrays.state, arrays.shared, parts, outcome)

    @njit(cache=True, error_model="numpy")
    def advance(slots, arrays, outcome):
        version  # noqa: B018
        _advance(slots, arrays.state, arrays.shared, outcome)

    @njit(cache=True, error_model="numpy")
    def play(slots, arrays, parts, outcome):
        version  # noqa: B018
        return _play(slots, arrays.state, arrays.shared, parts, outcome)

    return {"utilities": utilities, "respond": respond, "advance": advance, "play": play}[name]
