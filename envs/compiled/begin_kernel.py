"""The loop that begins sessions: it lays out a pool and writes what was drawn."""

from __future__ import annotations

from functools import cache
from typing import Any

from numba import njit

from segue.envs.compiled.cache_key import cache_key
from segue.envs.compiled.memory import forget
from segue.envs.compiled.prefetch import fetch


@cache
def begin_kernel() -> Any:
    """Gives the loop that begins sessions in some rows of a batch."""
    version = cache_key()

    @njit(cache=True, error_model="numpy")
    def begin(rows, drawn_pool, start, drawn_hidden, drawn_terms, arrays):
        version  # noqa: B018 - part of the key under which the compiled code is kept
        state, scene = arrays.state, arrays.scene
        pool, features, arriving, available, history, position, hidden, terms, _ = state[:9]
        skips, ema, ended, memory, groups, past, leaving = state[9:]
        records, codes, wide, boundary_features = scene[0], scene[1], features.shape[2], arriving.shape[1]
        grouped = wide + boundary_features
        departing = grouped + groups.shape[1]
        for at in range(rows.size):
            b, following = rows[at], min(at + 1, rows.size - 1)
            for k in range(pool.shape[1]):
                fetch(records, drawn_pool[following, k], departing)
            for k in range(pool.shape[1]):
                track = drawn_pool[at, k]
                known = track >= 0
                pool[b, k] = track
                available[b, k] = known
                if not known:
                    features[b, k, :] = 0.0
                    arriving[b, :, k] = 0.0
                    groups[b, :, k] = -1
                    continue
                for f in range(wide):
                    features[b, k, f] = records[track, f]
                for column in range(boundary_features):
                    arriving[b, column, k] = records[track, wide + column]
                for g in range(groups.shape[1]):
                    groups[b, g, k] = codes[track, grouped + g]
            for column in range(hidden.shape[1]):
                hidden[b, column] = drawn_hidden[at, column]
            for column in range(terms.shape[1]):
                terms[b, column] = drawn_terms[at, column]
            for place in range(history.shape[1]):
                history[b, place] = start[at]
            for g in range(past.shape[1]):
                past[b, g, 0] = codes[start[at], grouped + g]
            for column in range(boundary_features):
                leaving[b, 0, column] = records[start[at], departing + column]
            position[b] = 0
            skips[b] = 0
            ema[b] = 0.0
            ended[b] = False
            forget(memory, b, records, start[at])

    return begin
