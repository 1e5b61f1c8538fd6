"""Local search on plans, and the values of playing each candidate before the rest of a plan."""

from collections.abc import Sequence

import numpy as np

from segue.agents.oracles.planning.beam_search import plan_copies, plan_value
from segue.envs.core.session import Sessions
from segue.features.arrays import BoolArray, FloatArray, IntArray

MOVE, SWAP, REPLACE, REVERSE = range(4)
"""Kinds of changes: one track moves, two swap places, one is replaced by an unplanned one, or a stretch of
the plan is reversed (the 2-opt move of travelling salesmen)."""


def local_search(
    sessions: Sessions,
    plans: IntArray,
    rng: np.random.Generator | Sequence[np.random.Generator],
    rounds: int = 40,
    tries: int = 24,
) -> IntArray:
    """Improves plans by the best of several random changes in each round, as long as it is better.

    Args:
        sessions: B sessions.
        plans: Slots, (B, M).
        rng: Draws the changes; each of several draws those of an equal share of the sessions.
        rounds: Rounds of the search.
        tries: Changes of every plan that are tried in each round.

    Returns:
        Plans (B, M) that are at least as good without noise.
    """
    best, value = plans.copy(), plan_value(sessions, plans[:, None])[:, 0]
    every = np.arange(len(plans))
    generators = [rng] if isinstance(rng, np.random.Generator) else rng
    shares = list(zip(np.split(every, len(generators)), generators, strict=True))
    copies = plan_copies(sessions, tries)
    for _ in range(rounds):
        changed = np.concatenate(
            [_neighbours(best[rows], sessions.available[rows], own, tries) for rows, own in shares]
        )
        values = plan_value(sessions, changed, copies)
        top = values.argmax(axis=1)
        better = values[every, top] > value
        best[better], value[better] = changed[every, top][better], values[every, top][better]
    return best


def _neighbours(plans: IntArray, available: BoolArray, rng: np.random.Generator, tries: int) -> IntArray:
    """Moves one track, swaps two, replaces one by an unplanned one or reverses a stretch, (B, tries, M)."""
    owner = np.repeat(np.arange(len(plans)), tries)
    row, steps = np.arange(len(owner)), plans.shape[1]
    i, j, kind = (
        rng.integers(steps, size=len(row)),
        rng.integers(steps, size=len(row)),
        rng.integers(4, size=len(row)),
    )
    # Each track gets a sort key, and the tracks are sorted by their keys.
    key = np.tile(np.arange(steps, dtype=np.float64), (len(row), 1))
    moved, swapped = np.flatnonzero(kind == MOVE), np.flatnonzero(kind == SWAP)
    key[moved, i[moved]] = j[moved] + np.where(j[moved] < i[moved], -0.5, 0.5)
    key[swapped, i[swapped]], key[swapped, j[swapped]] = j[swapped], i[swapped]
    first, last = np.minimum(i, j)[:, None], np.maximum(i, j)[:, None]
    backwards = (kind == REVERSE)[:, None] & (key >= first) & (key <= last)
    key = np.where(backwards, first + last - key, key)
    changed = np.take_along_axis(plans[owner], key.argsort(axis=1), axis=1)
    unplanned = available.copy()
    np.put_along_axis(unplanned, plans, False, axis=1)
    other = np.flatnonzero((kind == REPLACE) & unplanned[owner].any(axis=1))
    drawn = np.where(unplanned[owner[other]], rng.random((len(other), unplanned.shape[1])), -1.0)
    changed[other, i[other]] = drawn.argmax(axis=1)
    return changed.reshape(len(plans), tries, steps)


def first_action_values(sessions: Sessions, plans: IntArray, count: int) -> FloatArray:
    """Computes the returns of plans with each of the most promising candidates played first.

    A planned candidate moves to the front of the plan; an unplanned one takes the place of the last track.

    Args:
        sessions: B sessions at the same position.
        plans: Slots, (B, M).
        count: Candidates that are valued: the plan's first track, and those with the highest expected reward.

    Returns:
        Returns without noise, (B, K); -inf for candidates that are played or not valued.
    """
    promise = np.where(sessions.available, sessions.expected_reward(), -np.inf)
    np.put_along_axis(promise, plans[:, :1], np.inf, axis=1)
    count = min(count, int(sessions.available.sum(axis=1).min()))
    tried = np.argpartition(-promise, count - 1, axis=1)[:, :count]
    values = np.full(promise.shape, -np.inf)
    np.put_along_axis(values, tried, plan_value(sessions, _in_front(plans, tried)), axis=1)
    return values


def _in_front(plans: IntArray, slots: IntArray) -> IntArray:
    """Moves each of N slots to the front of its plan, (B, N, M)."""
    steps = plans.shape[1]
    long = np.concatenate([slots[:, :, None], np.repeat(plans[:, None], slots.shape[1], axis=1)], axis=2)
    # The second occurrence of the slot is dropped, or else the last slot; the others keep their order.
    dropped = np.where(long[:, :, 1:] == slots[:, :, None], 1, 0)
    dropped[:, :, -1] |= dropped.sum(axis=2) == 0
    kept = np.concatenate([np.zeros_like(slots)[:, :, None], dropped], axis=2).argsort(axis=2, kind="stable")
    return np.take_along_axis(long, kept[:, :, :steps], axis=2)


def remaining_plans(plans: IntArray, slots: IntArray) -> IntArray:
    """Removes the track that is played now from each plan, or else its last track.

    Args:
        plans: Slots, (B, M).
        slots: The slots played, (B,).

    Returns:
        Slots, (B, M - 1).
    """
    return _in_front(plans, slots[:, None])[:, 0, 1:]
