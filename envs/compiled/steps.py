"""The loops of a batch: weighing candidates, responding, and moving on.

``state`` is the tuple of `SessionState.arrays`, ``scene`` that of `Setting.arrays`, ``spec`` that of a
lowered listener. All rows are independent of each other, so that a session does not depend on its batch.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import njit
from segue.envs.compiled import terms as loops
from segue.envs.compiled.arrivals import LEAVING, arrive
from segue.envs.compiled.freshness import sources_digest
from segue.envs.compiled.hazards import leaving_probability, listened_fraction

ARC, BOREDOM, DRIFT, ENGAGEMENT = loops.ARC, loops.BOREDOM, loops.DRIFT, loops.ENGAGEMENT
EXPOSURE, SATIATION, TASTE, TRANSITION = loops.EXPOSURE, loops.SATIATION, loops.TASTE, loops.TRANSITION

#: Weights of the past in short averages (responses, tracks heard) and in long ones (liked, disliked).
SHORT_DECAY, LONG_DECAY = 0.8, 0.97
#: Columns of `SessionState.memory` before its four blocks of features.
MEMORY_SCALARS = 6


@njit(error_model="numpy")
def _weigh_row(b, slot, m, state, scene, spec, scratch, parts):
    _pool, features, arriving, _available, history, position, hidden, terms = state[:8]
    groups, past = state[13], state[14]
    links = scene[0]
    table, constants, curves = spec[:3]
    parts[0, b, m] = hidden[b, 0]
    x = features[b, slot]
    for row in range(table.shape[0]):
        loop, h0, s0 = table[row, 0], table[row, 1], table[row, 2]
        h = hidden[b, h0 : h0 + table[row, 4]]
        s = terms[b, s0 : s0 + table[row, 5]]
        c = constants[row, 1:]
        value = 0.0
        if loop == TASTE:
            value = loops.taste(c, s, x)
        elif loop == TRANSITION:
            value = loops.transition(c, h, history[b], position[b], links, arriving[b], slot, scratch)
        elif loop == SATIATION:
            value = -h[1] * s[slot]
        elif loop == BOREDOM:
            value = (-c[3] if s[0] > 0.0 else c[2]) * s[1 + slot]
        elif loop == EXPOSURE:
            g = table[row, 6]
            value = loops.exposure(c, h, x, groups[b, g, slot], past[b, g], position[b])
        elif loop == ARC:
            value = loops.arc(c, h, x, curves[row, min(position[b], curves.shape[1] - 1)])
        elif loop == ENGAGEMENT:
            value = h[0] + s[0]
        elif loop == -1:
            continue
        parts[1 + row, b, m] = constants[row, 0] * value


@njit(error_model="numpy")
def _respond_row(b, slot, state, scene, spec, parts, outcome):
    pool, available, history, position = state[0], state[3], state[4], state[5]
    tape, ended = state[8], state[11]
    durations, response = scene[2], scene[3]
    heard = available[b, slot] and not ended[b]
    now = min(position[b], tape.shape[1] - 1)
    utility = 0.0
    for row in range(parts.shape[0]):
        if not heard:
            parts[row, b, 0] = 0.0
        utility += parts[row, b, 0]
    track = pool[b, slot] if heard else history[b, position[b]]
    listened = 0.0
    if heard:
        listened = listened_fraction(tape[b, now, 0], utility, durations[track], response)
    else:
        utility = scene[5][0]
    outcome[b, 0] = utility
    outcome[b, 1] = listened
    outcome[b, 2] = 1.0 if heard else 0.0
    outcome[b, 3] = track


@njit(error_model="numpy")
def _close_row(b, slot, state, scene, spec, outcome, left):
    _pool, features, _arriving, available, history, position, hidden, terms, tape = state[:9]
    skips, ema, ended, memory, groups, past = state[9:15]
    matrix, departure, all_groups = scene[1], scene[4], spec[3]
    table, constants = spec[:2]
    utility, listened, heard, track = outcome[b, 0], outcome[b, 1], outcome[b, 2] > 0.0, int(outcome[b, 3])
    length = tape.shape[1]
    now = min(position[b], length - 1)
    for row in range(table.shape[0]):
        loop, h0, s0, n0, g = table[row, 0], table[row, 1], table[row, 2], table[row, 3], table[row, 6]
        s = terms[b, s0 : s0 + table[row, 5]]
        c = constants[row, 1:]
        noise = tape[b, now, 2 + n0] if 2 + n0 < tape.shape[2] else 0.0
        if loop == SATIATION:
            loops.satiation_update(c, hidden[b, h0 : h0 + 2], s, groups[b, g], slot, heard, noise)
        elif loop == BOREDOM:
            loops.boredom_update(c, s, groups[b, g], slot, heard, noise)
        elif loop == DRIFT:
            other = table[row, 7]
            taste = terms[b, other : other + features.shape[2]]
            loops.drift_update(c, taste, features[b, slot], heard, noise)
        elif loop == ENGAGEMENT:
            loops.engagement_update(c, s, listened, noise)
    skipped = listened < 1.0
    _remember(memory[b], matrix[track], listened, skipped)
    skips[b] = skips[b] + 1 if skipped else 0
    ema[b] = departure[6] * ema[b] + (1.0 - departure[6]) * utility
    available[b, slot] = False
    position[b] = now + 1
    history[b, now + 1] = track
    for g in range(past.shape[1]):
        past[b, g, now + 1] = all_groups[g, track]
    left[b] = tape[b, now, 1] < leaving_probability(position[b], skips[b], ema[b], departure)
    ended[b] = ended[b] or left[b] or position[b] >= length or not available[b].any()


@njit(error_model="numpy")
def _remember(memory, x, listened, skipped):
    wide = x.size
    miss = 1.0 - listened
    memory[0] = listened
    memory[1] = 1.0 if skipped else 0.0
    memory[2] += (1.0 - SHORT_DECAY) * (listened - memory[2])
    memory[3] += (1.0 - SHORT_DECAY) * (memory[1] - memory[3])
    memory[4] = LONG_DECAY * memory[4] + listened
    memory[5] = LONG_DECAY * memory[5] + miss
    liked = listened / memory[4] if memory[4] > 0.0 else 0.0
    disliked = miss / memory[5] if memory[5] > 0.0 else 0.0
    current, heard = MEMORY_SCALARS, MEMORY_SCALARS + wide
    good, bad = heard + wide, heard + 2 * wide
    for f in range(wide):
        memory[current + f] = x[f]
        memory[heard + f] += (1.0 - SHORT_DECAY) * (x[f] - memory[heard + f])
        memory[good + f] += liked * (x[f] - memory[good + f])
        memory[bad + f] += disliked * (x[f] - memory[bad + f])


@njit(error_model="numpy")
def _begin_row(b, start, state, scene, spec):
    pool, features, arriving, available, history, position = state[:6]
    skips, ema, ended, memory, groups, past = state[9:15]
    _links, matrix, arrivals, all_groups = scene[0], scene[1], scene[6], spec[3]
    wide = matrix.shape[1]
    for k in range(pool.shape[1]):
        track = pool[b, k]
        available[b, k] = track >= 0
        for f in range(wide):
            features[b, k, f] = matrix[track, f] if track >= 0 else 0.0
        for column in range(arriving.shape[1]):
            arriving[b, column, k] = arrivals[track, column] if track >= 0 else 0.0
        for g in range(groups.shape[1]):
            groups[b, g, k] = all_groups[g, track] if track >= 0 else -1
    history[b, :] = start
    for g in range(past.shape[1]):
        past[b, g, 0] = all_groups[g, start]
    position[b] = 0
    skips[b] = 0
    ema[b] = 0.0
    ended[b] = False
    memory[b, :] = 0.0
    memory[b, 0] = 1.0
    memory[b, 2] = 1.0
    for f in range(wide):
        memory[b, MEMORY_SCALARS + f] = matrix[start, f]
        memory[b, MEMORY_SCALARS + wide + f] = matrix[start, f]
        memory[b, MEMORY_SCALARS + 2 * wide + f] = 0.5
        memory[b, MEMORY_SCALARS + 3 * wide + f] = 0.5


@njit(error_model="numpy")
def _observe_row(b, row, state, scene, scratch, transitions, available_out, context):
    arriving, available, history, position = state[2], state[3], state[4], state[5]
    skips, memory = state[9], state[12]
    links = scene[0]
    leaving = np.empty(LEAVING.size, np.float32)
    track = history[b, position[b]]
    for column in range(LEAVING.size):
        leaving[column] = links[track, LEAVING[column]]
    size = available.shape[1]
    arrive(leaving, arriving[b], 0, size, scratch)
    for k in range(size):
        for t in range(scratch.shape[0]):
            transitions[row, k, t] = scratch[t, k]
        available_out[row, k] = 1.0 if available[b, k] else 0.0
    context[row, 0] = position[b] / (history.shape[1] - 1)
    for at in range(4):
        context[row, 1 + at] = memory[b, at]
    context[row, 5] = min(skips[b], 5) / 5.0
    context[row, 6] = memory[b, 4] / (memory[b, 4] + 2.0)
    context[row, 7] = memory[b, 5] / (memory[b, 5] + 2.0)
    for at in range(MEMORY_SCALARS, memory.shape[1]):
        # The averages are convex, but their rounding may step over the ends.
        context[row, 8 + at - MEMORY_SCALARS] = min(max(memory[b, at], 0.0), 1.0)


@cache
def loop(name: str) -> Any:
    """Gives a compiled loop over the rows of a batch, kept on disk between processes.

    Args:
        name: ``"weigh"``, ``"respond"``, ``"close"``, ``"play"`` (the three in one), ``"begin"`` or
            ``"observe"``.
    """
    version = sources_digest()

    @njit(cache=True, error_model="numpy")
    def weigh(slots, state, scene, spec, scratch, parts):
        version  # noqa: B018 - part of the key under which the compiled code is kept
        for b in range(slots.shape[0]):
            for m in range(slots.shape[1]):
                _weigh_row(b, slots[b, m], m, state, scene, spec, scratch, parts)

    @njit(cache=True, error_model="numpy")
    def respond(slots, state, scene, spec, parts, outcome):
        version  # noqa: B018
        for b in range(slots.size):
            _respond_row(b, slots[b], state, scene, spec, parts, outcome)

    @njit(cache=True, error_model="numpy")
    def close(slots, state, scene, spec, outcome, left):
        version  # noqa: B018
        for b in range(slots.size):
            _close_row(b, slots[b], state, scene, spec, outcome, left)

    @njit(cache=True, error_model="numpy")
    def play(slots, state, scene, spec, scratch, parts, outcome, left):
        version  # noqa: B018
        for b in range(slots.size):
            _weigh_row(b, slots[b], 0, state, scene, spec, scratch, parts)
            _respond_row(b, slots[b], state, scene, spec, parts, outcome)
            _close_row(b, slots[b], state, scene, spec, outcome, left)

    @njit(cache=True, error_model="numpy")
    def begin(rows, start, state, scene, spec):
        version  # noqa: B018
        for at in range(rows.size):
            _begin_row(rows[at], start[at], state, scene, spec)

    @njit(cache=True, error_model="numpy")
    def observe(rows, state, scene, scratch, transitions, available, context):
        version  # noqa: B018
        for row in range(rows.size):
            _observe_row(rows[row], row, state, scene, scratch, transitions, available, context)

    loops_by_name = {"weigh": weigh, "respond": respond, "close": close, "play": play}
    return {**loops_by_name, "begin": begin, "observe": observe}[name]
