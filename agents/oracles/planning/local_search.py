"""Improving plans by small changes, and valuing what else could be played first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from segue.agents.oracles.planning.beam_search import plan_value
from segue.features.arrays import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from segue.envs.core.session import Sessions

MOVE, SWAP, EXCHANGE = range(3)


def polish(
    sessions: Sessions, plans: IntArray, rng: np.random.Generator, rounds: int = 40, tries: int = 48
) -> IntArray:
    """Improves plans by local search: moves, swaps and exchanges for unplayed tracks, the best of each round.

    Args:
        sessions: B sessions.
        plans: Slots, (B, M).
        rng: Draws what is tried.
        rounds: Rounds of the search.
        tries: Changes tried of every plan in each round.

    Returns:
        Plans (B, M) that are at least as good in the world without luck.
    """
    best, value = plans.copy(), plan_value(sessions, plans[:, None])[:, 0]
    every = np.arange(len(plans))
    for _ in range(rounds):
        changed = _changes(best, sessions.available, rng, tries)
        values = plan_value(sessions, changed)
        top = values.argmax(axis=1)
        better = values[every, top] > value
        best[better], value[better] = changed[every, top][better], values[every, top][better]
    return best


def _changes(plans: IntArray, available: BoolArray, rng: np.random.Generator, tries: int) -> IntArray:
    """Moves one track, swaps two, or exchanges one for a spare one, (B, tries, M)."""
    owner = np.repeat(np.arange(len(plans)), tries)
    row, steps = np.arange(len(owner)), plans.shape[1]
    i, j, kind = (
        rng.integers(steps, size=len(row)),
        rng.integers(steps, size=len(row)),
        rng.integers(3, size=len(row)),
    )
    # Each track gets a number, and the tracks are put in the order of their numbers.
    place = np.tile(np.arange(steps, dtype=np.float64), (len(row), 1))
    moved, swapped = np.flatnonzero(kind == MOVE), np.flatnonzero(kind == SWAP)
    place[moved, i[moved]] = j[moved] + np.where(j[moved] < i[moved], -0.5, 0.5)
    place[swapped, i[swapped]], place[swapped, j[swapped]] = j[swapped], i[swapped]
    changed = np.take_along_axis(plans[owner], place.argsort(axis=1), axis=1)
    spare = available.copy()
    np.put_along_axis(spare, plans, False, axis=1)
    other = np.flatnonzero((kind == EXCHANGE) & spare[owner].any(axis=1))
    drawn = np.where(spare[owner[other]], rng.random((len(other), spare.shape[1])), -1.0)
    changed[other, i[other]] = drawn.argmax(axis=1)
    return changed.reshape(len(plans), tries, steps)


def values_in_front(sessions: Sessions, plans: IntArray, count: int) -> FloatArray:
    """Computes what plans are worth with each of the most promising candidates put in front.

    A candidate of the plan moves there; one that is not planned takes the place of the last track.

    Args:
        sessions: B sessions at the same position.
        plans: Slots, (B, M).
        count: Candidates that are valued: the plan's first track, and those of the highest expected reward.

    Returns:
        Returns in the world without luck, (B, K); -inf for candidates that are played or not valued.
    """
    promise = np.where(sessions.available, sessions.expected_reward(), -np.inf)
    np.put_along_axis(promise, plans[:, :1], np.inf, axis=1)
    count = min(count, int(sessions.available.sum(axis=1).min()))
    tried = np.argpartition(-promise, count - 1, axis=1)[:, :count]
    values = np.full(promise.shape, -np.inf)
    np.put_along_axis(values, tried, plan_value(sessions, _in_front(plans, tried)), axis=1)
    return values


def _in_front(plans: IntArray, slots: IntArray) -> IntArray:
    """Puts each of N slots before the rest of its plan, (B, N, M)."""
    steps = plans.shape[1]
    long = np.concatenate([slots[:, :, None], np.repeat(plans[:, None], slots.shape[1], axis=1)], axis=2)
    # A slot that comes again goes, else the last one; the others keep their order.
    again = np.where(long[:, :, 1:] == slots[:, :, None], 1, 0)
    again[:, :, -1] |= again.sum(axis=2) == 0
    kept = np.concatenate([np.zeros_like(slots)[:, :, None], again], axis=2).argsort(axis=2, kind="stable")
    return np.take_along_axis(long, kept[:, :, :steps], axis=2)


def without(plans: IntArray, slots: IntArray) -> IntArray:
    """Takes what is played now out of each plan, or else its last track, (B, M - 1) for slots (B,)."""
    return _in_front(plans, slots[:, None])[:, 0, 1:]
