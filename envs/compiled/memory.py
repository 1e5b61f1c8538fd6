"""What an agent may remember of a session, and the observation that shows it."""

from __future__ import annotations

from functools import cache
from typing import Any

from numba import njit

from segue.envs.compiled.cache_key import cache_key
from segue.envs.compiled.transitions import arrive

SHORT_DECAY, LONG_DECAY = 0.8, 0.97
"""Weights of the past in short averages (responses, tracks heard) and in long ones (liked, disliked)."""
MEMORY_SCALARS = 6
"""Columns of the memory before its four blocks of F features: last heard fraction, last skip, their short
averages, weight of the liked, weight of the disliked. The blocks: current, heard, liked, disliked."""


@njit(error_model="numpy")
def forget(memory, b, records, start):
    """Begins the memory of session `b` after the track `start`."""
    wide = (memory.shape[1] - MEMORY_SCALARS) // 4
    memory[b, :MEMORY_SCALARS] = 0.0
    memory[b, 0] = 1.0
    memory[b, 2] = 1.0
    for f in range(wide):
        memory[b, MEMORY_SCALARS + f] = records[start, f]
        memory[b, MEMORY_SCALARS + wide + f] = records[start, f]
        memory[b, MEMORY_SCALARS + 2 * wide + f] = 0.5
        memory[b, MEMORY_SCALARS + 3 * wide + f] = 0.5


@njit(error_model="numpy")
def remember(memory, b, records, track, listened):
    """Takes in one play of session `b`."""
    wide, miss = (memory.shape[1] - MEMORY_SCALARS) // 4, 1.0 - listened
    skipped = 1.0 if listened < 1.0 else 0.0
    memory[b, 0] = listened
    memory[b, 1] = skipped
    memory[b, 2] += (1.0 - SHORT_DECAY) * (listened - memory[b, 2])
    memory[b, 3] += (1.0 - SHORT_DECAY) * (skipped - memory[b, 3])
    memory[b, 4] = LONG_DECAY * memory[b, 4] + listened
    memory[b, 5] = LONG_DECAY * memory[b, 5] + miss
    liked = listened / memory[b, 4] if memory[b, 4] > 0.0 else 0.0
    disliked = miss / memory[b, 5] if memory[b, 5] > 0.0 else 0.0
    current, heard = MEMORY_SCALARS, MEMORY_SCALARS + wide
    good, bad = heard + wide, heard + 2 * wide
    for f in range(wide):
        x = records[track, f]
        memory[b, current + f] = x
        memory[b, heard + f] += (1.0 - SHORT_DECAY) * (x - memory[b, heard + f])
        memory[b, good + f] += liked * (x - memory[b, good + f])
        memory[b, bad + f] += disliked * (x - memory[b, bad + f])


@cache
def observer() -> Any:
    """Gives the loop that writes observations of some rows of a batch."""
    version = cache_key()

    @njit(cache=True, error_model="numpy")
    def observe(rows, shown, transitions, available_out, context):
        version  # noqa: B018 - part of the key under which the compiled code is kept
        arriving, available, position, skips, memory, leaving = shown
        size, flat = available.shape[1], transitions.reshape(rows.size, -1)
        for row in range(rows.size):
            b = rows[row]
            arrive(leaving, b, position[b], arriving, b, flat, row)
            for k in range(size):
                available_out[row, k] = 1.0 if available[b, k] else 0.0
            context[row, 0] = position[b] / (leaving.shape[1] - 1)
            for at in range(4):
                context[row, 1 + at] = memory[b, at]
            context[row, 5] = min(skips[b], 5) / 5.0
            context[row, 6] = memory[b, 4] / (memory[b, 4] + 2.0)
            context[row, 7] = memory[b, 5] / (memory[b, 5] + 2.0)
            for at in range(memory.shape[1] - MEMORY_SCALARS):
                # The averages are convex, but their rounding may step over the ends.
                context[row, 8 + at] = min(max(memory[b, MEMORY_SCALARS + at], 0.0), 1.0)

    return observe
