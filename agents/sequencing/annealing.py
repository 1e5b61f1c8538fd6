"""Simulated annealing of a list under constraints, compiled.

A move changes the list between two positions, and only the tracks up to `reach` places later are scored
again. Broken constraints cost a penalty that rises while the temperature falls, so that the search may pass
through lists that break some; only lists that keep all of them are returned. That no work is played twice
holds at every step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from segue.features.arrays import FloatArray, Int64Array, UInt8Array
from segue.features.numba_cache import ensure_numba_cache

ensure_numba_cache()

ARTIST, ALBUM = 1, 2
"""Bits of `Problem.related`."""
LONGEST_MOVE = 24
"""Longest stretch that is moved or reversed."""
REPLACED = 0.5
"""Share of the moves that replace a track, if there are more candidates than places."""
ANY, BEST_HERE = 0.3, 0.6
"""A replacement is any candidate, one of the best at its place, or one of the best after the track before it;
these are the ends of the first two shares."""
SWAPPED, MOVED = 0.35, 0.7
"""Of the other moves, the ends of the shares that swap two tracks and that move a stretch; the rest reverse
one."""
NOT_ALLOWED = (-1, -1)
FIRST_PRICE, LAST_PRICE = 3.0, 30.0
"""Utility that a broken constraint costs at the first and at the last move."""
UTILITY, BROKEN, CLASHES = range(3)
"""Rows of the scores of a list, which has one column per position."""


@njit(cache=True, error_model="numpy")
def _score_from(p: Any, plan: Int64Array, low: int, high: int, scores: FloatArray) -> None:
    """Writes the scores of positions from `low` to before `high`: utility, broken rules, clashes of keys."""
    for k in range(low, high):
        c = plan[k]
        utility = float(p.unary[k, c])
        for back in range(min(p.lag.size, k)):
            utility += p.lag[back] * p.pair[plan[k - 1 - back], c]
        scores[UTILITY, k], scores[BROKEN, k], scores[CLASHES, k] = utility, 0.0, 0.0
        if k == 0:
            continue
        scores[BROKEN, k] = p.tempo_broken[plan[k - 1], c]
        if p.clash[plan[k - 1], c]:
            scores[CLASHES, k] = 1.0
        for back in range(min(p.gaps[0], k)):
            if p.related[plan[k - 1 - back], c] & ARTIST:
                scores[BROKEN, k] += 1.0
        for back in range(min(p.gaps[1], k)):
            if p.related[plan[k - 1 - back], c] & ALBUM:
                scores[BROKEN, k] += 1.0


@njit(cache=True, error_model="numpy")
def _score_change(
    p: Any,
    plan: Int64Array,
    trial: Int64Array,
    low: int,
    high: int,
    scores: FloatArray,
    trial_scores: FloatArray,
) -> int:
    """Writes the scores of a changed list from the first changed position on, as far as they can differ.

    Args:
        p: The problem.
        plan: The list, (n,).
        trial: The changed list, (n,).
        low: First position that changed.
        high: Last position that changed.
        scores: Scores of the list, (3, n).
        trial_scores: Those of the changed list, (3, n).

    Returns:
        The position from which on the scores are the same.
    """
    reach = max(p.lag.size, p.gaps[0], p.gaps[1], 1)
    end = min(high + reach + 1, plan.size)
    if high - low > 2 * reach and trial[low + 1] == plan[low + 1] and trial[high - 1] == plan[high - 1]:
        # Two tracks that swap places leave what lies far between them as it was.
        middle = low + reach + 1
        trial_scores[:, middle:high] = scores[:, middle:high]
        _score_from(p, trial, low, middle, trial_scores)
        _score_from(p, trial, high, end, trial_scores)
    else:
        _score_from(p, trial, low, end, trial_scores)
    return end


@njit(cache=True, error_model="numpy")
def list_penalty(p: Any, plan: Int64Array) -> float:
    """Returns how far a list breaks the constraints on all of it: order, length, waypoints, gaps in time."""
    n, penalty, last = plan.size, 0.0, -1
    for k in range(n):
        rank = p.rank[plan[k]]
        if rank >= 0:
            if rank < last:
                penalty += 1.0
            last = rank
    if p.time_at.size == 0 and p.seconds[1] == np.inf and p.gaps_s.max() <= 0.0:
        return penalty
    starts = np.empty(n + 1)
    starts[0] = 0.0
    for k in range(n):
        starts[k + 1] = starts[k] + p.duration[plan[k]]
        if k + 1 < n:
            starts[k + 1] -= min(p.fade_out[plan[k]], p.fade_in[plan[k + 1]])
    if p.seconds[1] < np.inf:
        wrong = max(p.seconds[0] - starts[n], starts[n] - p.seconds[1], 0.0)
        if wrong > 1e-7:
            penalty += 0.3 + wrong / 60.0
    penalty = _add_waypoints(penalty, p.time_at, p.time_track, p.duration, plan, starts)
    for kind in range(2):
        if p.gaps_s[kind] > 0.0:
            bit = ARTIST if kind == 0 else ALBUM
            penalty = _add_gaps(penalty, p.gaps_s[kind], bit, p.related, p.duration, plan, starts)
    return penalty


@njit(cache=True, error_model="numpy")
def _add_waypoints(
    penalty: float,
    time_at: FloatArray,
    time_track: Int64Array,
    duration: FloatArray,
    plan: Int64Array,
    starts: FloatArray,
) -> float:
    """Adds the penalty of the tracks that are not playing at their times."""
    for t in range(time_at.size):
        for k in range(plan.size):
            if plan[k] == time_track[t]:
                late, early = starts[k] - time_at[t], time_at[t] - starts[k] - duration[plan[k]]
                wrong = max(late, early, 0.0)
                if wrong > 0.0 or early == 0.0:
                    penalty += 0.3 + wrong / 120.0
    return penalty


@njit(cache=True, error_model="numpy")
def _add_gaps(
    penalty: float,
    gap: float,
    bit: int,
    related: UInt8Array,
    duration: FloatArray,
    plan: Int64Array,
    starts: FloatArray,
) -> float:
    """Adds the penalty of related tracks with less than `gap` seconds between them."""
    for k in range(1, plan.size):
        for i in range(k - 1, -1, -1):
            apart = starts[k] - starts[i] - duration[plan[i]]
            if apart >= gap:
                break
            if related[plan[i], plan[k]] & bit:
                penalty += 0.3 + (gap - apart) / gap
    return penalty


@njit(cache=True, error_model="numpy")
def _change(p: Any, plan: Int64Array, trial: Int64Array, played: Int64Array, drawn: FloatArray) -> Any:
    """Writes a changed list to `trial`.

    Args:
        p: The problem.
        plan: The list, (n,).
        trial: A copy of it.
        played: How many tracks of each work are played.
        drawn: Seven uniform numbers.

    Returns:
        First and last position that changed; `NOT_ALLOWED` if the move is not allowed.
    """
    n = plan.size
    i = int(drawn[0] * n)
    if p.fixed[i] >= 0:
        return NOT_ALLOWED
    if p.pair.shape[0] > n and drawn[1] < REPLACED:
        return _replace(p, plan, trial, played, i, drawn)
    if drawn[4] < SWAPPED:
        return _swap(p.fixed, plan, trial, i, int(drawn[2] * n))
    if drawn[4] < MOVED:
        length = 1 + int(drawn[5] * drawn[5] * min(n // 2, LONGEST_MOVE))
        to = i + int((2.0 * drawn[6] - 1.0) * min(n, LONGEST_MOVE))
        return _move(p.fixed, plan, trial, i, to, length)
    return _reverse(p.fixed, plan, trial, i, i + 1 + int(drawn[5] * LONGEST_MOVE))


@njit(cache=True, error_model="numpy")
def _replace(
    p: Any, plan: Int64Array, trial: Int64Array, played: Int64Array, i: int, drawn: FloatArray
) -> Any:
    """Replaces the track at position `i` by a candidate that is not in the list."""
    if p.required[plan[i]]:
        return NOT_ALLOWED
    if drawn[2] < ANY:
        c = int(drawn[3] * p.pair.shape[0])
    elif drawn[2] < BEST_HERE or i == 0:
        c = int(p.best_at[i, int(drawn[3] * p.best_at.shape[1])])
    else:
        c = int(p.best_after[plan[i - 1], int(drawn[3] * p.best_after.shape[1])])
    if c == plan[i]:
        return NOT_ALLOWED
    if p.once:
        if played[p.works[c]] > 0 and p.works[c] != p.works[plan[i]]:
            return NOT_ALLOWED
    else:
        for k in range(plan.size):
            if plan[k] == c:
                return NOT_ALLOWED
    trial[i] = c
    return i, i


@njit(cache=True, error_model="numpy")
def _swap(fixed: Int64Array, plan: Int64Array, trial: Int64Array, i: int, j: int) -> Any:
    """Swaps the tracks at two positions."""
    if j == i or fixed[j] >= 0:
        return NOT_ALLOWED
    trial[i], trial[j] = plan[j], plan[i]
    return min(i, j), max(i, j)


@njit(cache=True, error_model="numpy")
def _move(fixed: Int64Array, plan: Int64Array, trial: Int64Array, i: int, to: int, length: int) -> Any:
    """Moves the stretch of some length at position `i` to position `to`."""
    if to < 0 or max(to, i) + length > plan.size or to == i:
        return NOT_ALLOWED
    low, high = min(i, to), max(i, to) + length - 1
    for k in range(low, high + 1):
        if fixed[k] >= 0:
            return NOT_ALLOWED
    for k in range(length):
        trial[to + k] = plan[i + k]
    # The tracks that the stretch passes move by its length.
    if to < i:
        for k in range(to, i):
            trial[k + length] = plan[k]
    else:
        for k in range(i, to):
            trial[k] = plan[k + length]
    return low, high


@njit(cache=True, error_model="numpy")
def _reverse(fixed: Int64Array, plan: Int64Array, trial: Int64Array, first: int, last: int) -> Any:
    """Reverses the stretch between two positions."""
    if last >= plan.size:
        return NOT_ALLOWED
    for k in range(first, last + 1):
        if fixed[k] >= 0:
            return NOT_ALLOWED
    for k in range(first, last + 1):
        trial[k] = plan[first + last - k]
    return first, last


@njit(cache=True, error_model="numpy")
def anneal(
    p: Any, start: Int64Array, seed: int, moves: int, hottest: float, coldest: float
) -> tuple[Int64Array, float, Int64Array, float]:
    """Anneals a list.

    Args:
        p: A `Problem`.
        start: Candidates of the first list, (n,), which keeps `fixed`, `required` and `once`.
        seed: Seed of the moves.
        moves: Number of moves.
        hottest: First temperature.
        coldest: Last temperature.

    Returns:
        The best list that keeps all constraints and its utility (-inf if there is none), and the list that
        breaks least and how far it breaks them.
    """
    np.random.seed(seed)  # noqa: NPY002 — the generator that numba compiles
    n = start.size
    plan, trial = start.copy(), start.copy()
    scores, trial_scores = np.zeros((3, n)), np.zeros((3, n))
    played = np.zeros(p.works.max() + 1, np.int64)
    for k in range(n):
        played[p.works[plan[k]]] += 1
    _score_from(p, plan, 0, n, scores)
    utility, broken, clashes = scores[UTILITY].sum(), scores[BROKEN].sum(), scores[CLASHES].sum()
    penalty = list_penalty(p, plan)
    drawn = np.empty(7)
    best, best_utility = plan.copy(), -np.inf
    least, least_broken = plan.copy(), np.inf
    for move in range(moves):
        share = move / moves
        temperature = hottest * (coldest / hottest) ** share
        price = FIRST_PRICE + (LAST_PRICE - FIRST_PRICE) * share
        total = broken + penalty + max(clashes - p.key_budget, 0.0)
        if total <= 0.0 and utility > best_utility:
            best_utility = utility
            best[:] = plan
        if total < least_broken:
            least_broken = total
            least[:] = plan
        for d in range(7):
            drawn[d] = np.random.random()  # noqa: NPY002
        low, high = _change(p, plan, trial, played, drawn)
        if low < 0:
            continue
        end = _score_change(p, plan, trial, low, high, scores, trial_scores)
        gain, more_broken, more_clashes = 0.0, 0.0, 0.0
        for k in range(low, end):
            gain += trial_scores[UTILITY, k] - scores[UTILITY, k]
            more_broken += trial_scores[BROKEN, k] - scores[BROKEN, k]
            more_clashes += trial_scores[CLASHES, k] - scores[CLASHES, k]
        new_penalty = list_penalty(p, trial)
        new_total = broken + more_broken + new_penalty + max(clashes + more_clashes - p.key_budget, 0.0)
        rise = gain - price * (new_total - total)
        if rise >= 0.0 or np.random.random() < np.exp(rise / temperature):  # noqa: NPY002
            if low == high:
                played[p.works[plan[low]]] -= 1
                played[p.works[trial[low]]] += 1
            plan[low : high + 1] = trial[low : high + 1]
            scores[:, low:end] = trial_scores[:, low:end]
            utility, penalty = utility + gain, new_penalty
            broken, clashes = broken + more_broken, clashes + more_clashes
            if abs(broken) < 1e-9:
                broken = 0.0
        else:
            trial[low : high + 1] = plan[low : high + 1]
    return best, best_utility, least, least_broken
