"""Beam search for an oracle: which candidates, in which order, a known listener would like best.

Plans are made without noise: every response is the median one, nobody leaves, and the reward of a step is
weighted by the probability that the listener is still there. The noise of the real session is never read.
"""

import numpy as np
from numpy.typing import NDArray

from segue.envs.core.session import Sessions
from segue.features.arrays import FloatArray, IntArray

HORIZON = 6
"""A partial plan is credited with up to this many later tracks, at its mean reward so far."""


def stay_probability(sessions: Sessions) -> FloatArray:
    """Computes the probability that each listener stays after the last play, (B,)."""
    state = sessions.state
    return 1.0 - sessions.setting.listener.departure.probability(state.position, state.skips, state.ema)


def tracks_left(sessions: Sessions) -> int:
    """Counts the tracks up to the end of a full session; all sessions of the batch must agree."""
    left = np.minimum(sessions.length - sessions.position, sessions.available.sum(axis=1))
    return int(left.max(initial=0))


def plan_value(sessions: Sessions, plans: IntArray, copies: Sessions | None = None) -> FloatArray:
    """Computes the return of plans without noise.

    Args:
        sessions: B sessions.
        plans: Slots to play, (B, N, M): N plans of M tracks for every session.
        copies: `plan_copies` of the sessions, which are used up to the next call; new ones by default.

    Returns:
        Sums of rewards weighted by the probability that the listener is still there, (B, N).
    """
    batch, count, steps = plans.shape
    if copies is None:
        copies = plan_copies(sessions, count)
    else:
        copies.set_back(sessions, np.repeat(np.arange(batch), count))
    slots = plans.reshape(batch * count, steps)
    total, survival = np.zeros(len(slots)), np.ones(len(slots))
    # A reward that does not read the state of the sessions needs the utility of the play alone.
    setting, outcome_alone = sessions.setting, sessions.setting.in_one_pass
    for k in range(steps):
        expected = None if outcome_alone else copies.expected_reward(slots[:, k, None])
        step = copies.step(slots[:, k])
        if expected is None:
            expected = setting.expected_reward(copies, step.utility[:, None], step.track[:, None])
        total += survival * np.where(step.heard, expected[:, 0], 0.0)
        survival *= stay_probability(copies)
    return total.reshape(batch, count)


def plan_copies(sessions: Sessions, count: int) -> Sessions:
    """Returns `count` consecutive copies of each session, which play without noise."""
    return sessions.repeat(np.repeat(np.arange(sessions.batch), count), noiseless=True)


def beam_search(sessions: Sessions, width: int = 64, branch: int = 8) -> IntArray:
    """Searches for the best plan of every session, breadth first, keeping the most promising partial plans.

    Of partial plans that have played the same set of tracks and end with the same one only the best is kept.
    With a `width` and `branch` that prune nothing (see `exact_plan`) this is the dynamic program of Held and
    Karp: exact where the listener's state depends on nothing else.

    Args:
        sessions: B sessions at the same position.
        width: Partial plans kept for each session.
        branch: Continuations tried of each.

    Returns:
        Slots, (B, M), for all M tracks up to the end of a full session.
    """
    batch, steps = sessions.batch, tracks_left(sessions)
    owner = np.arange(batch)
    beam = sessions.repeat(owner, noiseless=True)
    score, survival = np.zeros(batch), np.ones(batch)
    plans, set_hash = np.zeros((batch, 0), np.intp), np.zeros(batch, np.uint64)
    # A sum of random numbers, one per track, identifies a set of tracks (Zobrist hashing).
    hashes = np.random.default_rng(0).integers(2**63, size=(2, sessions.pool_size), dtype=np.uint64)
    for k in range(steps):
        expected = np.where(beam.available, beam.expected_reward(), -np.inf)
        tried = np.argpartition(-expected, min(branch, expected.shape[1]) - 1, axis=1)[:, :branch]
        parent = np.repeat(np.arange(len(owner)), tried.shape[1])
        slot = tried.ravel()
        free = beam.available[parent, slot]
        parent, slot = parent[free], slot[free]
        value = score[parent] + survival[parent] * expected[parent, slot]
        new_hash = set_hash[parent] + hashes[0, slot]
        kept = _top_rows(owner[parent], value, new_hash + hashes[1, slot], 2 * width)
        parent, slot, score, set_hash = parent[kept], slot[kept], value[kept], new_hash[kept]
        beam = beam.repeat(parent)
        beam.step(slot)
        owner, survival = owner[parent], survival[parent] * stay_probability(beam)
        plans = np.concatenate([plans[parent], slot[:, None]], axis=1)
        credit = survival * min(HORIZON, steps - k - 1) * score / (k + 1)
        kept = _top_rows(owner, score + credit, None, width)
        beam, owner, survival = beam.repeat(kept), owner[kept], survival[kept]
        score, plans, set_hash = score[kept], plans[kept], set_hash[kept]
    return plans[_top_rows(owner, score, None, 1)]


def _top_rows(owner: IntArray, value: FloatArray, key: NDArray[np.uint64] | None, count: int) -> IntArray:
    """Finds the `count` best rows of every owner, one per key; sorted by owner, then by value."""
    order = np.lexsort((-value, owner))
    if key is not None:
        pairs = np.stack([owner[order].astype(np.uint64), key[order]], axis=1)
        _, first = np.unique(pairs, axis=0, return_index=True)
        order = order[np.sort(first)]
    starts = np.searchsorted(owner[order], owner[order], side="left")
    return order[np.arange(len(order)) - starts < count]


def exact_plan(sessions: Sessions) -> IntArray:
    """Finds the best plan of small pools by dynamic programming over sets of tracks and the last one.

    Without noise it is exact for listeners whose later responses depend only on the tracks played, the last
    one and the position (tastes, energy arcs, transitions of memory 1); for others it is an unpruned beam
    search.

    Args:
        sessions: B sessions at the same position; pools of more than about 12 take too much memory.

    Returns:
        Slots, (B, M).
    """
    size = sessions.pool_size
    return beam_search(sessions, width=size * 2**size, branch=size)
