"""The loop that begins sessions: it gathers the data of the pool and writes the drawn values."""

from __future__ import annotations

from functools import cache
from typing import Any

from numba import njit

from segue.envs.compiled.cache_key import cache_key
from segue.envs.compiled.context import reset_context
from segue.envs.compiled.prefetch import fetch


@cache
def begin_kernel() -> Any:
    """Returns the loop that begins sessions in some rows of a batch."""
    version = cache_key()

    @njit(cache=True, error_model="numpy")
    def begin(rows, drawn_pool, start, drawn_hidden, drawn_state, arrays):
        version  # noqa: B018 - part of the key of the cached code
        state, shared = arrays.state, arrays.shared
        pool, features, entry, available = state.pool, state.features, state.entry, state.available
        history, hidden, term_state, exits = state.history, state.hidden, state.term_state, state.exits
        groups, group_history, context = state.groups, state.group_history, state.context
        records, codes, layout = shared.records, shared.codes, shared.layout
        for at in range(rows.size):
            b, following = rows[at], min(at + 1, rows.size - 1)
            for k in range(pool.shape[1]):
                fetch(records, drawn_pool[following, k], layout.exit)
            for k in range(pool.shape[1]):
                track = drawn_pool[at, k]
                exists = track >= 0
                pool[b, k] = track
                available[b, k] = exists
                if not exists:
                    features[b, k, :] = 0.0
                    entry[b, :, k] = 0.0
                    groups[b, :, k] = -1
                    continue
                for f in range(features.shape[2]):
                    features[b, k, f] = records[track, f]
                for column in range(entry.shape[1]):
                    entry[b, column, k] = records[track, layout.entry + column]
                for g in range(groups.shape[1]):
                    groups[b, g, k] = codes[track, layout.groups + g]
            for column in range(hidden.shape[1]):
                hidden[b, column] = drawn_hidden[at, column]
            for column in range(term_state.shape[1]):
                term_state[b, column] = drawn_state[at, column]
            for place in range(history.shape[1]):
                history[b, place] = start[at]
            for g in range(group_history.shape[1]):
                group_history[b, g, 0] = codes[start[at], layout.groups + g]
            for column in range(exits.shape[2]):
                exits[b, 0, column] = records[start[at], layout.exit + column]
            state.position[b] = 0
            state.skips[b] = 0
            state.ema[b] = 0.0
            state.ended[b] = False
            reset_context(context, b, records, start[at])

    return begin
