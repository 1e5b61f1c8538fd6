"""The loop over a batch of sessions: utilities, response, update, the next session, observation.

`arrays` is a `BatchArrays`; `state` and `shared` are its parts. Rows are independent, so that a session does
not depend on its batch or on the number of threads. `outcome` holds one record of `OUTCOME` per session.

One compiled function does it all, so that there is one to compile. It takes one block of sessions after
another through all stages, so that the data of a session stay in the cache of the core.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from numba import njit

from segue.envs.compiled.batch_arrays import StateArrays
from segue.envs.compiled.begin import begin_session, set_listener, work_space
from segue.envs.compiled.cache_key import cache_key
from segue.envs.compiled.hazards import leaving_probability, listened_fraction
from segue.envs.compiled.noise import DEPARTURE, response_draw
from segue.envs.compiled.observe import observe_session, update_context
from segue.envs.compiled.philox import uniform
from segue.envs.compiled.prefetch import fetch
from segue.envs.listener.term_table import update_term, write_utility

BLOCK = 32
"""Sessions processed at a time, such that their data fit into the cache of a core."""

UTILITIES, RESPOND, ADVANCE, END, BEGIN, OBSERVE = (1 << bit for bit in range(6))
"""Stages of `sessions_loop`, to be combined."""


@njit(error_model="numpy", inline="always")
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
            for b in range(out.shape[0]):
                for m in range(out.shape[1]):
                    out[b, m] *= term.weight


@njit(error_model="numpy", inline="always")
def _respond(slots, state, shared, parts, outcome):
    """Fills the fields of `outcome` that are determined within the track; returns the number of repeats."""
    pool, available, history, ended = state.pool, state.available, state.history, state.ended
    position, durations, response = state.position, shared.durations, shared.response
    last, repeats = history.shape[1] - 2, 0
    for b in range(slots.shape[0]):
        slot, utility, listened = slots[b, 0], 0.0, 0.0
        heard = available[b, slot] and not ended[b]
        now = min(position[b], last)
        for row in range(parts.shape[0]):
            if not heard:
                parts[row, b, 0] = 0.0
            utility += parts[row, b, 0]
        if heard:
            track = pool[b, slot]
            draw = response_draw(state, shared, b, now)
            listened = listened_fraction(draw, utility, durations[track, 0], response)
        else:
            track = history[b, position[b]]
            utility = shared.repeat_utility
            repeats += 1
        play = outcome[b]
        play.utility = utility
        play.listened = listened
        play.track = track
        play.position = now
        play.heard = heard
        play.skipped = listened < 1.0
    return repeats


@njit(error_model="numpy", inline="always")
def _leaves(state, shared, b, now):
    """Returns whether the listener of session `b` leaves after the play at position `now`."""
    if shared.noiseless or shared.stays or shared.departure.never:
        return False
    probability = leaving_probability(state.position[b], state.skips[b], state.ema[b], shared.departure)
    return uniform(state.key[b], shared.split, DEPARTURE, now) < probability


@njit(error_model="numpy", inline="always")
def _advance(slots, state, shared, outcome):
    """Updates terms, statistics and history, and determines which listeners leave."""
    available, history, position, records = state.available, state.history, state.position, shared.records
    groups, group_history, exits, decay = (
        state.groups,
        state.group_history,
        state.exits,
        shared.departure.decay,
    )
    exit_column, length, past = shared.layout.exit, history.shape[1] - 1, exits.shape[1]
    for row in range(shared.terms.size):
        update_term(shared.terms[row], state, shared, slots, outcome)
    for b in range(slots.shape[0]):
        play, slot = outcome[b], slots[b, 0]
        track, now = play.track, play.position
        update_context(state.context, b, records, track, play.listened)
        state.skips[b] = state.skips[b] + 1 if play.skipped else 0
        state.ema[b] = decay * state.ema[b] + (1.0 - decay) * play.utility
        for g in range(group_history.shape[1]):
            group = groups[b, g, slot] if play.heard else group_history[b, g, position[b]]
            group_history[b, g, now + 1] = group
        for column in range(exits.shape[2]):
            exits[b, (now + 1) % past, column] = records[track, exit_column + column]
        available[b, slot] = False
        position[b] = now + 1
        history[b, now + 1] = track
        left, empty = _leaves(state, shared, b, now), True
        for k in range(available.shape[1]):
            if available[b, k]:
                empty = False
                break
        state.ended[b] = state.ended[b] or left or empty or position[b] >= length
        play.left = left
        play.terminated = state.ended[b]


@njit(error_model="numpy", inline="always")
def _rows(state, at):
    """Returns some rows of all arrays of a batch."""
    return StateArrays(
        state.pool[at],
        state.features[at],
        state.entry[at],
        state.available[at],
        state.history[at],
        state.position[at],
        state.hidden[at],
        state.term_state[at],
        state.skips[at],
        state.ema[at],
        state.ended[at],
        state.context[at],
        state.groups[at],
        state.group_history[at],
        state.exits[at],
        state.key[at],
        state.next_key[at],
    )


@njit(error_model="numpy", inline="always")
def _play(slots, every_state, shared, parts, outcome, first, last, stages):
    """Takes sessions `first` to `last` through the stages of a play; returns the number of repeats."""
    at = slice(first, last)
    few, state, share, result = slots[at], _rows(every_state, at), parts[:, at], outcome[at]
    if stages & UTILITIES:
        if stages & ADVANCE:
            for b in range(few.shape[0]):
                track = state.pool[b, few[b, 0]]
                fetch(shared.records, track, shared.records.shape[1])
                fetch(shared.durations, track, 1)
        _write_utilities(few, state, shared, share)
    repeats = _respond(few, state, shared, share, result) if stages & RESPOND else 0
    if stages & ADVANCE:
        _advance(few, state, shared, result)
    return repeats


@njit(error_model="numpy", inline="always")
def _keep_last(state, b, last, last_candidates, row):
    """Keeps the last observation of session `b` in `row`."""
    observe_session(state, b, last, row)
    for k in range(last_candidates.shape[1]):
        for f in range(last_candidates.shape[2]):
            last_candidates[row, k, f] = state.features[b, k, f]


@cache
def sessions_loop() -> Any:
    """Returns the compiled loop, cached on disk between processes.

    Its arguments are `slots` (B, M), `arrays`, `parts` (1 + n_terms, B, M), `outcome` (B,), `buffers`, the
    range of sessions and the stages. With `OBSERVE` it writes all observations, with `BEGIN` it begins the
    sessions marked in `buffers.begins`, with `END` it marks those first that are over. It returns how many
    are over (these, and their last observations, stand from row `first` on in `buffers`), and how many
    listeners heard a repeat.
    """
    version = cache_key()

    @njit(cache=True, error_model="numpy", nogil=True)
    def loop(slots, arrays, parts, outcome, buffers, first, last, stages):
        version  # noqa: B018 - part of the key of the cached code
        state, shared, count, repeats = arrays.state, arrays.shared, 0, 0
        work = work_space(state, shared)
        # Every access to a field of `buffers` counts references, so that it is done once.
        seen, last_seen, last_candidates = buffers.seen, buffers.last, buffers.last_candidates
        over, begins, limit = buffers.over, buffers.begins, buffers.limit
        for low in range(first, last, BLOCK):
            high = min(low + BLOCK, last)
            if stages & (UTILITIES | RESPOND | ADVANCE):
                repeats += _play(slots, state, shared, parts, outcome, low, high, stages)
            for b in range(low, high):
                if stages & END:
                    begins[b] = outcome[b].terminated or 0 < limit <= state.position[b]
                    if begins[b]:
                        over[first + count] = b
                        _keep_last(state, b, last_seen, last_candidates, first + count)
                        count += 1
                if stages & BEGIN and begins[b]:
                    begin_session(state, shared, b, work)
                if stages & OBSERVE:
                    observe_session(state, b, seen, b)
        return count, repeats

    return loop


@cache
def listeners_loop() -> Any:
    """Returns the compiled loop `(uniforms, arrays)`, which draws the listeners of all sessions anew.

    The uniform numbers (B, n_draws) are those of the bias and of each term in turn.
    """
    version = cache_key()

    @njit(cache=True, error_model="numpy")
    def loop(uniforms, arrays):
        version  # noqa: B018
        for b in range(uniforms.shape[0]):
            set_listener(arrays.state, arrays.shared, b, uniforms[b])

    return loop
