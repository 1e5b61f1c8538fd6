"""Iterated local search for the best order of given tracks, compiled.

The moves exchange two neighbouring stretches of the list, which carries tracks elsewhere without reversing
them (transitions have a direction), and swap two tracks. A list that no move improves is shaken by a few
random exchanges, and the search continues from there (Lourenço, Martin and Stützle, "Iterated local search",
Handbook of Metaheuristics, 2003). Broken constraints cost a fixed price.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from segue.agents.sequencing.annealing import ALBUM, ARTIST, list_penalty
from segue.agents.sequencing.problem import Problem
from segue.features.arrays import Float32Array, FloatArray, Int64Array
from segue.features.numba_cache import ensure_numba_cache

ensure_numba_cache()

PRICE = 30.0
"""Utility that a broken constraint costs: more than the order of a few dozen tracks can gain by it."""
LEAST = 1e-5
"""Smallest gain that counts; utilities have single precision."""
SHAKES, LONGEST_SHAKE = 5, 12
"""Random exchanges between two descents, and the longest part of the list that one changes."""
WARMTH = 0.15
"""Loss of utility at which the search continues from a worse list with probability 1/e."""
WIDEST, SHORT = 24, 3
"""Longest part of the list in which any two stretches are exchanged; further, one must be short."""


def _worth_of_pairs(p: Problem) -> FloatArray:
    """Computes what each candidate is worth after each other one, (reach, C, C).

    Row `back` is for two candidates with `back` others between them. Keys are part of it unless some
    transitions may break their rule.
    """
    worth = np.zeros((max(p.lag.size, int(p.gaps.max()), 1), *p.pair.shape))
    worth[: p.lag.size] = p.lag[:, None, None] * p.pair
    worth[0] -= PRICE * p.tempo_broken
    if p.key_budget == 0:
        worth[0] -= PRICE * p.clash
    for kind, gap in zip((ARTIST, ALBUM), p.gaps, strict=True):
        worth[:gap] -= PRICE * (p.related & kind > 0)
    return worth


@njit(cache=True, error_model="numpy")
def _value(unary: Float32Array, worth: FloatArray, plan: Int64Array, low: int, high: int) -> float:
    """Returns the value of positions from `low` to before `high`."""
    value = 0.0
    for k in range(low, high):
        c = plan[k]
        value += unary[k, c]
        for back in range(min(worth.shape[0], k)):
            value += worth[back, plan[k - 1 - back], c]
    return value


@njit(cache=True, error_model="numpy")
def _old_place(k: int, first: int, middle: int, last: int) -> int:
    """Returns which position of the list comes to position k when two stretches are exchanged."""
    if k < first or k >= last:
        return k
    if k < first + last - middle:
        return k + middle - first
    return k - (last - middle)


@njit(cache=True, error_model="numpy")
def _exchange_gain(
    unary: Float32Array, worth: FloatArray, plan: Int64Array, first: int, middle: int, last: int, even: bool
) -> float:
    """Returns the gain of exchanging two stretches.

    Only the first tracks of a stretch hear another one, unless utility depends on the position (not `even`).
    """
    n, reach = plan.size, worth.shape[0]
    cut, gain = first + last - middle, 0.0
    for low, high in ((first, cut), (cut, last), (last, n)):
        for k in range(low, min(low + reach, high) if even or low == last else high):
            old = _old_place(k, first, middle, last)
            c = plan[old]
            gain += unary[k, c] - unary[old, c]
            # Within the stretch both lists have the same tracks before this one.
            for back in range(k - low, reach):
                if back < k:
                    gain += worth[back, plan[_old_place(k - 1 - back, first, middle, last)], c]
                if back < old:
                    gain -= worth[back, plan[old - 1 - back], c]
    return gain


@njit(cache=True, error_model="numpy")
def _exchange(plan: Int64Array, first: int, middle: int, last: int) -> None:
    """Exchanges the stretches before and after `middle`."""
    # Loops, since slices take seconds to compile.
    moved = np.empty(last - first, np.int64)
    for k in range(first, last):
        moved[k - first] = plan[_old_place(k, first, middle, last)]
    for k in range(first, last):
        plan[k] = moved[k - first]


@njit(cache=True, error_model="numpy", inline="always")
def _best_exchange(
    unary: Float32Array, worth: FloatArray, plan: Int64Array, first: int, last: int, even: bool
) -> tuple[int, float]:
    """Finds where to cut a part of the list so that exchanging the two stretches gains most."""
    best, best_gain, n = first + 1, -np.inf, plan.size
    if even and worth.shape[0] == 1:  # three transitions change: 15 times as fast as the general case
        pair, start, end = worth[0], plan[first], plan[last - 1]
        rest = pair[end, start]
        if first > 0:
            rest -= pair[plan[first - 1], start]
        if last < n:
            rest -= pair[end, plan[last]]
        for middle in range(first + 1, last):
            a, c = plan[middle - 1], plan[middle]
            gain = rest - pair[a, c]
            if first > 0:
                gain += pair[plan[first - 1], c]
            if last < n:
                gain += pair[a, plan[last]]
            if gain > best_gain:
                best, best_gain = middle, gain
        return best, best_gain
    for middle in range(first + 1, last):
        if last - first > WIDEST and min(middle - first, last - middle) > SHORT:
            continue
        gain = _exchange_gain(unary, worth, plan, first, middle, last, even)
        if gain > best_gain:
            best, best_gain = middle, gain
    return best, best_gain


@njit(cache=True, error_model="numpy")
def _swap_gain(unary: Float32Array, worth: FloatArray, plan: Int64Array, i: int, j: int) -> float:
    """Swaps two tracks and returns the gain."""
    n, reach = plan.size, worth.shape[0]
    end = min(i + reach + 1, j)
    before = _value(unary, worth, plan, i, end) + _value(unary, worth, plan, j, min(j + reach + 1, n))
    plan[i], plan[j] = plan[j], plan[i]
    return _value(unary, worth, plan, i, end) + _value(unary, worth, plan, j, min(j + reach + 1, n)) - before


@njit(cache=True, error_model="numpy")
def _broken(p: Any, plan: Int64Array) -> float:
    """Returns how far a list breaks what concerns it as a whole."""
    clashes = 0
    for k in range(1, plan.size if p.key_budget > 0 else 0):
        clashes += p.clash[plan[k - 1], plan[k]]
    return max(clashes - p.key_budget, 0) + list_penalty(p, plan)


@njit(cache=True, error_model="numpy")
def _descend(p: Any, worth: FloatArray, plan: Int64Array, even: bool, whole: bool) -> float:
    """Improves a list until no move does, and returns its value.

    Args:
        p: A `Problem`.
        worth: What candidates are worth after others; see `_worth_of_pairs`.
        plan: The list, which is changed, (n,).
        even: Whether utility is the same at all positions.
        whole: Whether constraints concern the list as a whole.
    """
    # The loops pass arrays: a whole problem is slow to hand over.
    n, unary, fixed = plan.size, p.unary, p.fixed
    value = _value(unary, worth, plan, 0, n)
    broken = _broken(p, plan) if whole else 0.0
    swaps, better = whole, True
    for k in range(n):
        swaps = swaps or fixed[k] >= 0
    while better:
        better = False
        for first in range(n - 1):
            free = fixed[first] < 0
            for last in range(first + 2, n + 1 if free else 0):
                free = free and fixed[last - 1] < 0
                if free:
                    middle, gain = _best_exchange(unary, worth, plan, first, last, even)
                    if gain > LEAST:
                        _exchange(plan, first, middle, last)
                        wrong = _broken(p, plan) if whole else 0.0
                        if gain - PRICE * (wrong - broken) > LEAST:
                            value, broken, better = value + gain, wrong, True
                        else:
                            _exchange(plan, first, first + last - middle, last)
                if swaps and fixed[last - 1] < 0:
                    gain = _swap_gain(unary, worth, plan, first, last - 1)
                    wrong = _broken(p, plan) if whole else 0.0
                    if gain - PRICE * (wrong - broken) > LEAST:
                        value, broken, better = value + gain, wrong, True
                    else:
                        plan[first], plan[last - 1] = plan[last - 1], plan[first]
    return value - PRICE * broken


@njit(cache=True, error_model="numpy")
def _shake(p: Any, plan: Int64Array) -> None:
    """Exchanges a few short stretches at random."""
    n = plan.size
    for _ in range(SHAKES):
        length = 2 + np.random.randint(min(n, LONGEST_SHAKE) - 1)  # noqa: NPY002
        first = np.random.randint(n - length + 1)  # noqa: NPY002
        middle = first + 1 + np.random.randint(length - 1)  # noqa: NPY002
        free = True
        for k in range(first, first + length):
            free = free and p.fixed[k] < 0
        if free:
            _exchange(plan, first, middle, first + length)


@njit(cache=True, error_model="numpy")
def _improve(
    p: Any, worth: FloatArray, best: Int64Array, seed: int, rounds: int, even: bool, whole: bool
) -> float:
    """Improves a list by descents and shakes, and returns its value; see `best_order` and `_descend`."""
    np.random.seed(seed)  # noqa: NPY002 — the generator that numba compiles
    n = best.size
    best_value = _descend(p, worth, best, even, whole)
    here, here_value = best.copy(), best_value
    for _ in range(rounds if n > 3 else 0):
        plan = here.copy()
        _shake(p, plan)
        value = _descend(p, worth, plan, even, whole)
        if value > here_value or np.random.random() < np.exp((value - here_value) / WARMTH):  # noqa: NPY002
            here, here_value = plan, value
        if value > best_value:
            best_value = value
            for k in range(n):
                best[k] = plan[k]
    return best_value


def best_order(p: Problem, start: Int64Array, seed: int, rounds: int) -> tuple[Int64Array, float, bool]:
    """Orders the tracks of a list.

    Args:
        p: The problem.
        start: Candidates of the first list, (n,), each at most once, which keeps `fixed`.
        seed: Seed of the random exchanges.
        rounds: Descents after the first one.

    Returns:
        The best order found, its utility, and whether it keeps all constraints.
    """
    worth = _worth_of_pairs(p)
    even = bool(np.ptp(p.unary[:, start], axis=0).max() < LEAST)
    timed = p.time_at.size > 0 or p.seconds[1] < np.inf or p.gaps_s.max() > 0.0
    whole = bool(timed or p.key_budget > 0 or p.rank.max() >= 0)
    best = start.astype(np.int64)
    value = _improve(p, worth, best, seed, rounds, even, whole)
    utility = float(p.unary[np.arange(best.size), best].sum(dtype=np.float64))
    for back, weight in enumerate(p.lag[: best.size - 1], start=1):
        utility += float(weight * p.pair[best[:-back], best[back:]].sum(dtype=np.float64))
    # The price exceeds what an order can gain, so the value shows whether a constraint is broken.
    return best, utility, utility - value < 1e-3
