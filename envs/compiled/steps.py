"""The loop over a batch of sessions: utilities, response, update, the next session, observation.

`state` is a `StateArrays` and `shared` a `SharedArrays`, passed by their addresses. Rows are independent, so
that a session does not depend on its batch or on the number of threads. `outcome` holds one record of
`OUTCOME` per session.

One compiled function does it all, so that there is one to compile. It takes one block of sessions after
another through all stages, so that the data of a session stay in the cache of the core.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from numba import njit

from segue.envs.compiled.begin import begin_session, set_listener, work_space
from segue.envs.compiled.cache_key import cache_key
from segue.envs.compiled.draws.noise import DEPARTURE, response_draw
from segue.envs.compiled.draws.philox import uniform
from segue.envs.compiled.hazards import leaving_probability, listened_fraction
from segue.envs.compiled.observe import observe_session, update_context
from segue.envs.compiled.play_amount import play_amount
from segue.envs.compiled.prefetch import fetch
from segue.envs.listener.term_table import update_term, write_utility

BLOCK = 32
"""Sessions processed at a time, such that their data fit into the cache of a core."""

UTILITIES, RESPOND, ADVANCE, END, BEGIN, OBSERVE = (1 << bit for bit in range(6))
"""Stages of `sessions_loop`, to be combined."""


@njit(error_model="numpy")
def _write_utilities(slots, state, shared, parts, start, stop):
    """Writes the weighted contributions of the bias (row 0) and of every term, (1 + n_terms, B, M)."""
    hidden, terms = state.hidden, shared.terms
    for b in range(start, stop):
        for m in range(slots.shape[1]):
            parts[0, b, m] = hidden[b, 0]
    for row in range(terms.size):
        term, out = terms[row], parts[1 + row]
        write_utility(term, state, shared, slots, out, start, stop)
        if term.weight != 1.0:
            for b in range(start, stop):
                for m in range(out.shape[1]):
                    out[b, m] *= term.weight


@njit(error_model="numpy")
def _respond(slots, state, shared, parts, outcome, start, stop):
    """Fills the fields of `outcome` that are determined within the track; returns the number of repeats."""
    pool, available, history, ended = state.pool, state.available, state.history, state.ended
    position, durations, response = state.position, shared.durations, shared.response
    keys = state.key
    last, repeats = history.shape[1] - 2, 0
    for b in range(start, stop):
        slot, utility, listened = slots[b, 0], 0.0, 0.0
        heard = available[b, slot] and not ended[b]
        now = min(position[b], last)
        for row in range(parts.shape[0]):
            if not heard:
                parts[row, b, 0] = 0.0
            utility += parts[row, b, 0]
        if heard:
            track = pool[b, slot]
            draw = response_draw(shared, keys[b], now)
            listened = listened_fraction(draw, utility, durations[track, 0], response)
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


@njit(error_model="numpy")
def _leaves(shared, key, position, skips, ema):
    """Returns whether a listener leaves after the play before `position`."""
    if shared.noiseless or shared.stays or shared.departure.never:
        return False
    probability = leaving_probability(position, skips, ema, shared.departure)
    return uniform(key, shared.split, DEPARTURE, position - 1) < probability


@njit(error_model="numpy")
def _advance(slots, state, shared, outcome, start, stop):
    """Updates terms, statistics and history, and determines which listeners leave."""
    available, history, position, records = state.available, state.history, state.position, shared.records
    groups, group_history, exits, context = state.groups, state.group_history, state.exits, state.context
    skips, ema, ended, keys, decay = state.skips, state.ema, state.ended, state.key, shared.departure.decay
    exit_column, length, past = shared.layout.exit, history.shape[1] - 1, exits.shape[1]
    for row in range(shared.terms.size):
        update_term(shared.terms[row], state, shared, slots, outcome, start, stop)
    for b in range(start, stop):
        play, slot = outcome[b], slots[b, 0]
        track, now = play.track, play.position
        update_context(context, b, records, track, play.listened)
        skips[b] = skips[b] + 1 if play.skipped else 0
        ema[b] = decay * ema[b] + (1.0 - decay) * play.utility
        for g in range(group_history.shape[1]):
            group = groups[b, g, slot] if play.heard else group_history[b, g, position[b]]
            group_history[b, g, now + 1] = group
        for column in range(exits.shape[2]):
            exits[b, (now + 1) % past, column] = records[track, exit_column + column]
        available[b, slot] = False
        position[b] = now + 1
        history[b, now + 1] = track
        left, empty = _leaves(shared, keys[b], now + 1, skips[b], ema[b]), True
        for k in range(available.shape[1]):
            if available[b, k]:
                empty = False
                break
        ended[b] = ended[b] or left or empty or position[b] >= length
        play.left = left
        play.terminated = ended[b]


@njit(error_model="numpy")
def _play(slots, state, shared, parts, outcome, start, stop, stages):
    """Takes some sessions through the stages of a play; returns the number of repeats."""
    repeats = 0
    if stages & UTILITIES:
        if stages & ADVANCE:
            pool, records, durations = state.pool, shared.records, shared.durations
            for b in range(start, stop):
                fetch(records, pool[b, slots[b, 0]], records.shape[1])
                fetch(durations, pool[b, slots[b, 0]], 1)
        _write_utilities(slots, state, shared, parts, start, stop)
    if stages & RESPOND:
        repeats = _respond(slots, state, shared, parts, outcome, start, stop)
    if stages & ADVANCE:
        _advance(slots, state, shared, outcome, start, stop)
    return repeats


@njit(error_model="numpy")
def _keep_last(state, b, last, last_candidates, row):
    """Keeps the last observation of session `b` in `row`."""
    observe_session(state, b, last, row)
    features = state.features
    for k in range(features.shape[1]):
        for f in range(features.shape[2]):
            last_candidates[row, k, f] = features[b, k, f]


@cache
def sessions_loop() -> Any:
    """Returns the compiled loop, cached on disk between processes.

    Its arguments are `slots` (B, M), `state`, `shared`, `parts` (1 + n_terms, B, M), `outcome` (B,),
    `buffers`, the range of sessions and the stages. With `OBSERVE` it writes all observations, with `BEGIN`
    it begins the sessions marked in `buffers.begins`, with `END` it marks those first that are over. It
    returns how many are over (these, and their last observations, stand from row `first` on in `buffers`),
    and how many listeners heard a repeat.
    """
    version = cache_key()

    @njit(cache=True, error_model="numpy", nogil=True)
    def loop(slots, state, shared, parts, outcome, buffers, first, last, stages):
        version  # noqa: B018 - part of the key of the cached code
        count, repeats = 0, 0
        work = work_space(state, shared)
        # Every access to a field of a structure counts references, so that it is done outside the loops.
        seen, last_seen, last_candidates = buffers.seen, buffers.last, buffers.last_candidates
        over, begins, limit, position = buffers.over, buffers.begins, buffers.limit, state.position
        for low in range(first, last, BLOCK):
            high = min(low + BLOCK, last)
            if stages & (UTILITIES | RESPOND | ADVANCE):
                repeats += _play(slots, state, shared, parts, outcome, low, high, stages)
            for b in range(low, high):
                if stages & END:
                    begins[b] = outcome[b].terminated or 0 < limit <= position[b]
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
    """Returns the compiled loop `(uniforms, state, shared)`, which draws new listeners for all sessions.

    The uniform numbers (B, n_draws) are those of the bias and of each term in turn.
    """
    version = cache_key()

    @njit(cache=True, error_model="numpy")
    def loop(uniforms, state, shared):
        version  # noqa: B018
        for b in range(uniforms.shape[0]):
            set_listener(state, shared, b, uniforms[b])

    return loop
