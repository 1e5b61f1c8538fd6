"""How a session begins: its pool and its listener are drawn, and the data of the pool are gathered."""

from __future__ import annotations

import numpy as np
from numba import njit

from segue.envs.compiled.draws.noise import BIAS, POOL, START
from segue.envs.compiled.draws.normal import normal_quantile
from segue.envs.compiled.draws.philox import fill_uniforms, uniform
from segue.envs.compiled.draws.sample import sample_into, table_size
from segue.envs.compiled.observe import reset_context
from segue.envs.compiled.prefetch import fetch
from segue.envs.listener.term_table import begin_term


@njit(error_model="numpy")
def work_space(state, shared):
    """Allocates what `begin_session` needs for one session after another.

    Returns:
        Uniform numbers, the sample of candidates, and the hash table of `sample_into` in two arrays.
    """
    count = state.pool.shape[1] + 1
    needed = count
    for row in range(shared.terms.size):
        needed = max(needed, shared.terms[row].draws)
    size = table_size(count)
    return np.empty(needed), np.empty(count, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)


@njit(error_model="numpy")
def begin_session(state, shared, b, work):
    """Begins the session with the key `state.next_key[b]` in row `b`.

    Without `shared.pool_tracks`, the pool and the start are those that stand in `state` already. Hidden
    parameters and states of terms that run in NumPy are left to the caller.
    """
    state.key[b] = state.next_key[b]
    if shared.pool_tracks.size > 0:
        _draw_pool(state, shared, b, work)
    # The listener is drawn while the memory of the tracks is being fetched.
    for k in range(state.pool.shape[1]):
        fetch(shared.records, state.pool[b, k], shared.layout.exit)
    _draw_listener(state, shared, b, work[0])
    _gather(state, shared, b)
    start = state.history[b, 0]
    for column in range(state.exits.shape[2]):
        state.exits[b, 0, column] = shared.records[start, shared.layout.exit + column]
    state.position[b] = 0
    state.skips[b] = 0
    state.ema[b] = 0.0
    state.ended[b] = False
    reset_context(state.context, b, shared.records, start)


@njit(error_model="numpy")
def _draw_pool(state, shared, b, work):
    """Draws the start and the candidates, all distinct, in random order."""
    uniforms, chosen, moved, value = work
    tracks, key = shared.pool_tracks, state.key[b]
    uniforms[0] = uniform(key, shared.split, START, 0)
    fill_uniforms(key, shared.split, POOL, 0, uniforms[1 : chosen.size])
    sample_into(uniforms, tracks.size, chosen, moved, value)
    state.history[b, 0] = tracks[chosen[0]]
    for k in range(state.pool.shape[1]):
        state.pool[b, k] = tracks[chosen[1 + k]]


@njit(error_model="numpy")
def _draw_listener(state, shared, b, uniforms):
    """Draws the listener of session `b` from its key; `uniforms` is work space."""
    key, terms = state.key[b], shared.terms
    _begin_bias(state, shared, b, uniform(key, shared.split, BIAS, 0))
    for row in range(terms.size):
        drawn = uniforms[: terms[row].draws]
        fill_uniforms(key, shared.split, terms[row].listener_stream, 0, drawn)
        begin_term(terms[row], state, shared, b, drawn)


@njit(error_model="numpy")
def set_listener(state, shared, b, uniforms):
    """Draws the listener of session `b` from given uniform numbers (n_draws,)."""
    _begin_bias(state, shared, b, uniforms[0])
    first = 1
    for row in range(shared.terms.size):
        term = shared.terms[row]
        begin_term(term, state, shared, b, uniforms[first : first + term.draws])
        first += term.draws


@njit(error_model="numpy")
def _begin_bias(state, shared, b, draw):
    state.hidden[b, 0] = shared.bias
    if shared.bias_spread > 0.0:
        state.hidden[b, 0] += shared.bias_spread * normal_quantile(draw)
    for column in range(state.term_state.shape[1]):
        state.term_state[b, column] = 0.0


@njit(error_model="numpy")
def _gather(state, shared, b):
    """Copies the data of the pool from the records of the catalogue."""
    pool, features, entry, groups = state.pool, state.features, state.entry, state.groups
    records, codes, layout = shared.records, shared.codes, shared.layout
    for k in range(pool.shape[1]):
        track = max(pool[b, k], 0)
        state.available[b, k] = pool[b, k] >= 0
        for f in range(features.shape[2]):
            features[b, k, f] = records[track, f]
    # One column after another, because these are contiguous in the session, not in the records.
    for column in range(entry.shape[1]):
        for k in range(pool.shape[1]):
            entry[b, column, k] = records[max(pool[b, k], 0), layout.entry + column]
    for g in range(groups.shape[1]):
        for k in range(pool.shape[1]):
            groups[b, g, k] = codes[max(pool[b, k], 0), layout.groups + g]
    for k in range(pool.shape[1]):
        if pool[b, k] < 0:
            _clear(features, entry, groups, b, k)
    start = state.history[b, 0]
    for place in range(1, state.history.shape[1]):
        state.history[b, place] = start
    for g in range(groups.shape[1]):
        state.group_history[b, g, 0] = codes[start, layout.groups + g]


@njit(error_model="numpy")
def _clear(features, entry, groups, b, k):
    """Clears the data of a candidate that does not exist."""
    for f in range(features.shape[2]):
        features[b, k, f] = 0.0
    for column in range(entry.shape[1]):
        entry[b, column, k] = 0.0
    for g in range(groups.shape[1]):
        groups[b, g, k] = -1
