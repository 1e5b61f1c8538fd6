"""The loops of a batch: weighing candidates, responding, and moving on.

`world` is a `segue.envs.compiled.batch_arrays.World`; `state`, `scene`, `spec` and `scratch` are its
parts. All rows are independent of each other, so that a session does not depend on its batch.

`outcome` is a tuple of what a play leads to: float (2, B) with utility and heard fraction, int (2, B) with
track and place in the playlist, bool (4, B) with heard (no repeat), skipped, left and ended.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from numba import njit

from segue.envs.compiled import terms as loops
from segue.envs.compiled.cache_key import cache_key
from segue.envs.compiled.hazards import leaving_probability, listened_fraction
from segue.envs.compiled.memory import remember
from segue.envs.compiled.prefetch import fetch

ARC, BOREDOM, DRIFT, ENGAGEMENT = loops.ARC, loops.BOREDOM, loops.DRIFT, loops.ENGAGEMENT
EXPOSURE, SATIATION, TASTE, TRANSITION = loops.EXPOSURE, loops.SATIATION, loops.TASTE, loops.TRANSITION

BLOCK = 64
"""Sessions played at a time: their states fit into the cache of a core."""


@njit(error_model="numpy", forceinline=True)
def _weigh(slots, state, scene, spec, scratch, parts):
    pool, features, arriving, _, _, position, hidden, terms, _, _, _, _, _, groups, past, leaving = state
    records, table, constants, curves = scene[0], spec[0], spec[1], spec[2]
    for b in range(slots.shape[0]):
        for m in range(slots.shape[1]):
            parts[0, b, m] = hidden[b, 0]
    for row in range(table.shape[0]):
        loop, h0, s0, g = table[row, 0], table[row, 1], table[row, 2], table[row, 6]
        c, out = constants[row, 1:], parts[1 + row]
        if loop == TASTE:
            loops.taste(c, s0, terms, features, slots, out)
        elif loop == TRANSITION:
            about = (records, features.shape[2], pool, arriving, slots, scratch, out)
            loops.transition(c, h0, hidden, position, leaving, *about)
        elif loop == SATIATION:
            loops.satiation(h0, s0, hidden, terms, slots, out)
        elif loop == BOREDOM:
            loops.boredom(c, s0, terms, slots, out)
        elif loop == EXPOSURE:
            loops.exposure(c, h0, g, curves[row], hidden, features, groups, past, position, slots, out)
        elif loop == ARC:
            loops.arc(c, h0, curves[row], hidden, features, position, slots, out)
        elif loop == ENGAGEMENT:
            loops.engagement(h0, s0, hidden, terms, slots, out)
        else:
            out[:] = 0.0
        if constants[row, 0] != 1.0:
            out *= constants[row, 0]


@njit(error_model="numpy", forceinline=True)
def _respond(slots, state, scene, parts, outcome):
    """Fills the part of `outcome` that the listener decides within the track; counts the repeats."""
    pool, _, _, available, history, position, _, _, noise, _, _, ended, _, _, _, _ = state
    durations, response, repeat = scene[2], scene[3], scene[5][0]
    real, whole, flags = outcome
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
            utility = repeat
            repeats += 1
        real[0, b] = utility
        real[1, b] = listened
        whole[0, b] = track
        whole[1, b] = now
        flags[0, b] = heard
        flags[1, b] = listened < 1.0
    return repeats


@njit(error_model="numpy", forceinline=True)
def _update_terms(slots, state, spec, outcome):
    _, features, _, _, _, _, hidden, terms, noise, _, _, _, _, groups, _, _ = state
    table, constants = spec[0], spec[1]
    for row in range(table.shape[0]):
        loop, h0, s0, n0, g = table[row, 0], table[row, 1], table[row, 2], table[row, 3], table[row, 6]
        c = constants[row, 1:]
        if loop == SATIATION:
            loops.satiation_update(c, h0, s0, n0, g, hidden, terms, groups, noise, slots, outcome)
        elif loop == BOREDOM:
            loops.boredom_update(c, s0, n0, g, terms, groups, noise, slots, outcome)
        elif loop == DRIFT:
            loops.drift_update(c, n0, table[row, 7], terms, features, noise, slots, outcome)
        elif loop == ENGAGEMENT:
            loops.engagement_update(c, s0, n0, terms, noise, outcome)


@njit(error_model="numpy", forceinline=True)
def _close(slots, state, scene, spec, outcome):
    _, features, _, available, history, position, _, _, noise, skips, ema, ended = state[:12]
    memory, groups, past, leaving = state[12:]
    records, departure, length = scene[0], scene[4], noise.shape[1]
    departing = features.shape[2] + leaving.shape[2] + groups.shape[1]
    real, whole, flags = outcome
    _update_terms(slots, state, spec, outcome)
    for b in range(slots.shape[0]):
        utility, listened, track, now = real[0, b], real[1, b], whole[0, b], whole[1, b]
        remember(memory, b, records, track, listened)
        skips[b] = skips[b] + 1 if flags[1, b] else 0
        ema[b] = departure[6] * ema[b] + (1.0 - departure[6]) * utility
        for g in range(past.shape[1]):
            past[b, g, now + 1] = groups[b, g, slots[b, 0]] if flags[0, b] else past[b, g, position[b]]
        for column in range(leaving.shape[2]):
            leaving[b, now + 1, column] = records[track, departing + column]
        available[b, slots[b, 0]] = False
        position[b] = now + 1
        history[b, now + 1] = track
        left = noise[b, now, 1] < leaving_probability(position[b], skips[b], ema[b], departure)
        empty = True
        for k in range(available.shape[1]):
            if available[b, k]:
                empty = False
                break
        ended[b] = ended[b] or left or empty or position[b] >= length
        flags[2, b] = left
        flags[3, b] = ended[b]


@njit(error_model="numpy", forceinline=True)
def _rows(state, first, last):
    """Gives some rows of all arrays of a batch."""
    pool, features, arriving, available, history, position, hidden, terms, noise, skips, ema = state[:11]
    ended, memory, groups, past, leaving = state[11:]
    at = slice(first, last)
    about_tracks = (pool[at], features[at], arriving[at], available[at], history[at], position[at])
    about_listener = (hidden[at], terms[at], noise[at], skips[at], ema[at], ended[at])
    return about_tracks + about_listener + (memory[at], groups[at], past[at], leaving[at])


@njit(error_model="numpy", forceinline=True)
def _play(slots, state, scene, spec, scratch, parts, outcome):
    """Plays a few sessions at a time, so that all of a session is near when it is needed again."""
    real, whole, flags = outcome
    repeats = 0
    for first in range(0, slots.shape[0], BLOCK):
        last = min(first + BLOCK, slots.shape[0])
        for b in range(first, last):
            track = state[0][b, slots[b, 0]]
            fetch(scene[0], track, scene[0].shape[1])
            fetch(scene[2], track, 1)
        few, mine, share = slots[first:last], _rows(state, first, last), parts[:, first:last]
        result = (real[:, first:last], whole[:, first:last], flags[:, first:last])
        _weigh(few, mine, scene, spec, scratch, share)
        repeats += _respond(few, mine, scene, share, result)
        _close(few, mine, scene, spec, result)
    return repeats


@cache
def loop(name: str) -> Any:
    """Gives a compiled loop over a batch, kept on disk between processes.

    Args:
        name: `"weigh"`, `"respond"`, `"close"` or `"play"`, which is the three in one. `"respond"`
            and `"play"` return how many listeners heard a repeat.
    """
    version = cache_key()

    @njit(cache=True, error_model="numpy")
    def weigh(slots, arrays, parts):
        version  # noqa: B018 - part of the key under which the compiled code is kept
        _weigh(slots, arrays.state, arrays.scene, arrays.spec, arrays.scratch, parts)

    @njit(cache=True, error_model="numpy")
    def respond(slots, arrays, parts, outcome):
        version  # noqa: B018
        return _respond(slots, arrays.state, arrays.scene, parts, outcome)

    @njit(cache=True, error_model="numpy")
    def close(slots, arrays, outcome):
        version  # noqa: B018
        _close(slots, arrays.state, arrays.scene, arrays.spec, outcome)

    @njit(cache=True, error_model="numpy")
    def play(slots, arrays, parts, outcome):
        version  # noqa: B018
        return _play(slots, arrays.state, arrays.scene, arrays.spec, arrays.scratch, parts, outcome)

    return {"weigh": weigh, "respond": respond, "close": close, "play": play}[name]
