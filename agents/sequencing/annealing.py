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

from segue.features.arrays import Int64Array
from segue.features.numba_cache import ensure_numba_cache

ensure_numba_cache()

REPLACE, SWAP, MOVE, REVERSE = range(4)
ARTIST, ALBUM = 1, 2
"""Bits of `Problem.related`."""
LONGEST_MOVE = 24
"""Longest stretch that is moved or reversed."""


@njit(cache=True, error_model="numpy")
def _score_from(p: Any, plan: Int64Array, low: int, high: int, worth: Any, broken: Any, clash: Any) -> None:
    """Scores positions from `low` to before `high`: utility, broken rules, and whether the key clashes."""
    for k in range(low, high):
        c = plan[k]
        total = float(p.unary[k, c])
        for back in range(min(p.lag.size, k)):
            total += p.lag[back] * p.pair[plan[k - 1 - back], c]
        worth[k], broken[k], clash[k] = total, 0.0, 0.0
        if k == 0:
            continue
        broken[k] = p.tempo_broken[plan[k - 1], c]
        if p.clash[plan[k - 1], c]:
            clash[k] = 1.0
        for back in range(min(p.gaps[0], k)):
            broken[k] += p.related[plan[k - 1 - back], c] & ARTIST
        for back in range(min(p.gaps[1], k)):
            if p.related[plan[k - 1 - back], c] & ALBUM:
                broken[k] += 1.0


@njit(cache=True, error_model="numpy")
def broken_on_the_whole(p: Any, plan: Int64Array) -> float:
    """Returns how far a list breaks the constraints on the whole: order, length, waypoints, gaps in time."""
    n, total, last = plan.size, 0.0, -1
    for k in range(n):
        rank = p.rank[plan[k]]
        if rank >= 0:
            if rank < last:
                total += 1.0
            last = rank
    timed = p.time_at.size > 0
    if not timed and p.seconds[1] == np.inf and p.gaps_s.max() <= 0.0:
        return total
    start = 0.0
    starts = np.empty(n)
    for k in range(n):
        if k > 0:
            start -= min(p.fade_out[plan[k - 1]], p.fade_in[plan[k]])
        starts[k] = start
        start += p.duration[plan[k]]
    if p.seconds[1] < np.inf:
        wrong = max(p.seconds[0] - start, start - p.seconds[1], 0.0)
        if wrong > 1e-7:
            total += 0.3 + wrong / 60.0
    for t in range(p.time_at.size):
        for k in range(n):
            if plan[k] == p.time_track[t]:
                late, early = starts[k] - p.time_at[t], p.time_at[t] - starts[k] - p.duration[plan[k]]
                wrong = max(late, early, 0.0)
                if wrong > 0.0 or early == 0.0:
                    total += 0.3 + wrong / 120.0
    for kind in range(2):
        if p.gaps_s[kind] > 0.0:
            for k in range(1, n):
                for i in range(k - 1, -1, -1):
                    apart = starts[k] - starts[i] - p.duration[plan[i]]
                    if apart >= p.gaps_s[kind]:
                        break
                    a, b = plan[i], plan[k]
                    if p.related[a, b] & (ARTIST if kind == 0 else ALBUM):
                        total += 0.3 + (p.gaps_s[kind] - apart) / p.gaps_s[kind]
    return total


@njit(cache=True, error_model="numpy")
def _change(p: Any, plan: Int64Array, trial: Int64Array, played: Any, drawn: Any) -> Any:
    """Writes a changed list to `trial`.

    Args:
        p: The problem.
        plan: The list, (n,).
        trial: A copy of it.
        played: How many tracks of each work are played.
        drawn: Seven uniform numbers.

    Returns:
        First and last position that changed; -1 and -1 if the move is not allowed.
    """
    n, count = plan.size, p.pair.shape[0]
    i = int(drawn[0] * n)
    if p.fixed[i] >= 0:
        return -1, -1
    kind = drawn[1]
    if count > n and kind < 0.5:
        if p.required[plan[i]]:
            return -1, -1
        if drawn[2] < 0.3:
            c = int(drawn[3] * count)
        elif drawn[2] < 0.6 or i == 0:
            c = int(p.best_at[i, int(drawn[3] * p.best_at.shape[1])])
        else:
            c = int(p.best_after[plan[i - 1], int(drawn[3] * p.best_after.shape[1])])
        if p.once and played[p.works[c]] > 0 and p.works[c] != p.works[plan[i]]:
            return -1, -1
        if c == plan[i]:
            return -1, -1
        if not p.once:
            for k in range(n):
                if plan[k] == c:
                    return -1, -1
        trial[i] = c
        return i, i
    other = int(drawn[2] * n)
    kind = drawn[4]
    if kind < 0.35:
        if other == i or p.fixed[other] >= 0:
            return -1, -1
        trial[i], trial[other] = plan[other], plan[i]
        return min(i, other), max(i, other)
    if kind < 0.7:
        length = 1 + int(drawn[5] * drawn[5] * min(n // 2, LONGEST_MOVE))
        to = i + int((2.0 * drawn[6] - 1.0) * min(n, LONGEST_MOVE))
        if to < 0 or to + length > n or i + length > n or to == i:
            return -1, -1
        low, high = min(i, to), max(i, to) + length - 1
        for k in range(low, high + 1):
            if p.fixed[k] >= 0:
                return -1, -1
        at = low
        if to < i:
            for k in range(length):
                trial[at] = plan[i + k]
                at += 1
            for k in range(low, i):
                trial[at] = plan[k]
                at += 1
        else:
            for k in range(i + length, high + 1):
                trial[at] = plan[k]
                at += 1
            for k in range(length):
                trial[at] = plan[i + k]
                at += 1
        return low, high
    other = i + 1 + int(drawn[5] * LONGEST_MOVE)
    if other >= n:
        return -1, -1
    for k in range(i, other + 1):
        if p.fixed[k] >= 0:
            return -1, -1
    for k in range(i, other + 1):
        trial[k] = plan[i + other - k]
    return i, other


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
    worth, broken, clash = np.zeros(n), np.zeros(n), np.zeros(n)
    new_worth, new_broken, new_clash = np.zeros(n), np.zeros(n), np.zeros(n)
    played = np.zeros(p.works.max() + 1, np.int64)
    for k in range(n):
        played[p.works[plan[k]]] += 1
    _score_from(p, plan, 0, n, worth, broken, clash)
    reach = max(p.lag.size, p.gaps[0], p.gaps[1], 1)
    value, wrong, clashes, whole = worth.sum(), broken.sum(), clash.sum(), broken_on_the_whole(p, plan)
    drawn = np.empty(7)
    best, best_value = plan.copy(), -np.inf
    least, least_broken = plan.copy(), np.inf
    for move in range(moves):
        share = move / moves
        temperature = hottest * (coldest / hottest) ** share
        price = 3.0 + 27.0 * share
        total = wrong + whole + max(clashes - p.key_budget, 0.0)
        if total <= 0.0 and value > best_value:
            best_value = value
            best[:] = plan
        if total < least_broken:
            least_broken = total
            least[:] = plan
        for d in range(7):
            drawn[d] = np.random.random()  # noqa: NPY002
        low, high = _change(p, plan, trial, played, drawn)
        if low < 0:
            continue
        end = min(high + reach + 1, n)
        if high - low > 2 * reach and trial[low + 1] == plan[low + 1] and trial[high - 1] == plan[high - 1]:
            # Two tracks that swap places leave what lies far between them as it was.
            middle = low + reach + 1
            new_worth[middle:high], new_broken[middle:high] = worth[middle:high], broken[middle:high]
            new_clash[middle:high] = clash[middle:high]
            _score_from(p, trial, low, middle, new_worth, new_broken, new_clash)
            _score_from(p, trial, high, end, new_worth, new_broken, new_clash)
        else:
            _score_from(p, trial, low, end, new_worth, new_broken, new_clash)
        gain, more, extra = 0.0, 0.0, 0.0
        for k in range(low, end):
            gain += new_worth[k] - worth[k]
            more += new_broken[k] - broken[k]
            extra += new_clash[k] - clash[k]
        new_whole = broken_on_the_whole(p, trial)
        new_total = wrong + more + new_whole + max(clashes + extra - p.key_budget, 0.0)
        rise = gain - price * (new_total - total)
        if rise >= 0.0 or np.random.random() < np.exp(rise / temperature):  # noqa: NPY002
            if low == high:
                played[p.works[plan[low]]] -= 1
                played[p.works[trial[low]]] += 1
            plan[low : high + 1] = trial[low : high + 1]
            worth[low:end], broken[low:end] = new_worth[low:end], new_broken[low:end]
            clash[low:end] = new_clash[low:end]
            value, wrong, clashes, whole = value + gain, wrong + more, clashes + extra, new_whole
            if abs(wrong) < 1e-9:
                wrong = 0.0
        else:
            trial[low : high + 1] = plan[low : high + 1]
    return best, best_value, least, least_broken
