"""Planning for an oracle: which order of which candidates a known listener would like best.

Plans are made in a world without luck: every response is the median one, nobody leaves, and what a step is
worth counts as far as the listener would still be there. The luck of the real session is never looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segue.features.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from segue.envs.core.session import Sessions


HORIZON = 6
"""How many later tracks a partial plan is credited with, at the rate it has earned so far."""


def without_noise(sessions: Sessions, rows: IntArray) -> Sessions:
    """Copies sessions into a world of median responses where nobody leaves.

    Args:
        sessions: The batch.
        rows: Rows to copy, (N,), each as often as it is named.
    """
    twin = sessions.repeat(rows)
    listener, noise = sessions.setting.listener, twin.state.noise
    noise[:, :, 0] = 0.5
    noise[:, :, 1] = 1.0
    for name, term in listener.terms.items():
        noise[:, :, 2:][:, :, listener.noise_columns[name]] = 0.0 if term.normal_noise else 0.5
    return twin


def with_fresh_noise(sessions: Sessions, rows: IntArray, rng: np.random.Generator) -> Sessions:
    """Copies sessions and gives every copy a luck of its own.

    Args:
        sessions: The batch.
        rows: Rows to copy, (N,), each as often as it is named.
        rng: Draws the luck.
    """
    twin = sessions.repeat(rows)
    listener, noise = sessions.setting.listener, twin.state.noise
    noise[:] = rng.random(noise.shape)
    for name, term in listener.terms.items():
        if term.normal_noise:
            part = noise[:, :, 2:][:, :, listener.noise_columns[name]]
            part[:] = rng.standard_normal(part.shape)
    return twin


def staying(sessions: Sessions) -> FloatArray:
    """Computes the probability that each listener stays after the last play, (B,)."""
    state = sessions.state
    return 1.0 - sessions.setting.listener.departure.probability(state.position, state.skips, state.ema)


def tracks_left(sessions: Sessions) -> int:
    """Counts the plays that a full session still has; all sessions of the batch must agree."""
    left = np.minimum(sessions.length - sessions.position, sessions.available.sum(axis=1))
    return int(left.max(initial=0))


def plan_value(sessions: Sessions, plans: IntArray) -> FloatArray:
    """Computes the return of plans in the world without luck.

    Args:
        sessions: B sessions.
        plans: Slots to play, (B, N, M): N plans of M tracks for every session.

    Returns:
        Returns weighted by the probability of still being there, (B, N).
    """
    batch, count, steps = plans.shape
    twin = without_noise(sessions, np.repeat(np.arange(batch), count))
    slots = plans.reshape(batch * count, steps)
    total, there = np.zeros(len(slots)), np.ones(len(slots))
    for k in range(steps):
        step = twin.step(slots[:, k])
        total += there * np.where(step.heard, twin.setting.expected_reward(step.utility, step.track), 0.0)
        there *= staying(twin)
    return total.reshape(batch, count)


def beam_search(sessions: Sessions, width: int = 64, branch: int = 8) -> IntArray:
    """Searches for the best plan of every session, breadth first, keeping the most promising partial plans.

    Partial plans that have played the same set of tracks and end on the same one count as one, the better
    is kept. With `width` and `branch` that leave nothing out (see `exact_plan`) this is the dynamic
    programme of Held and Karp: exact where the listener's state depends on nothing else.

    Args:
        sessions: B sessions at the same position.
        width: Partial plans kept for each session.
        branch: Continuations tried of each.

    Returns:
        Slots, (B, M), for all M tracks that a full session still has.
    """
    batch, steps = sessions.batch, tracks_left(sessions)
    owner = np.arange(batch)
    beam = without_noise(sessions, owner)
    score, there = np.zeros(batch), np.ones(batch)
    plans, played = np.zeros((batch, 0), np.intp), np.zeros(batch, np.uint64)
    marks = np.random.default_rng(0).integers(2**63, size=(2, sessions.pool_size), dtype=np.uint64)
    for k in range(steps):
        expected = np.where(beam.available, beam.expected_reward(), -np.inf)
        tried = np.argpartition(-expected, min(branch, expected.shape[1]) - 1, axis=1)[:, :branch]
        parent = np.repeat(np.arange(len(owner)), tried.shape[1])
        slot = tried.ravel()
        free = beam.available[parent, slot]
        parent, slot = parent[free], slot[free]
        value = score[parent] + there[parent] * expected[parent, slot]
        sets = played[parent] + marks[0, slot]
        kept = _best(owner[parent], value, sets + marks[1, slot], 2 * width)
        parent, slot, score, played = parent[kept], slot[kept], value[kept], sets[kept]
        beam = beam.repeat(parent)
        beam.step(slot)
        owner, there = owner[parent], there[parent] * staying(beam)
        plans = np.concatenate([plans[parent], slot[:, None]], axis=1)
        credit = there * min(HORIZON, steps - k - 1) * score / (k + 1)
        kept = _best(owner, score + credit, None, width)
        beam, owner, there = beam.repeat(kept), owner[kept], there[kept]
        score, plans, played = score[kept], plans[kept], played[kept]
    return plans[_best(owner, score, None, 1)]


def _best(owner: IntArray, value: FloatArray, key: NDArray[np.uint64] | None, count: int) -> IntArray:
    """Finds the `count` best rows of every owner, one of each key; sorted by owner, then by value."""
    order = np.lexsort((-value, owner))
    if key is not None:
        pairs = np.stack([owner[order].astype(np.uint64), key[order]], axis=1)
        _, first = np.unique(pairs, axis=0, return_index=True)
        order = order[np.sort(first)]
    starts = np.searchsorted(owner[order], owner[order], side="left")
    return order[np.arange(len(order)) - starts < count]


def exact_plan(sessions: Sessions) -> IntArray:
    """Finds the best plan of small pools by dynamic programming over sets of tracks and the last one.

    Exact in the world without luck where what comes depends only on the tracks played, the last one and
    the position (tastes, arcs, transitions of memory 1); for other listeners an unpruned beam search.

    Args:
        sessions: B sessions at the same position; pools of more than about 12 take too much memory.
    """
    size = sessions.pool_size
    return beam_search(sessions, width=size * 2**size, branch=size)
