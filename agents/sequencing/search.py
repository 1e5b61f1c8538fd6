"""Search for the list with the highest expected utility that keeps all constraints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from segue.agents.sequencing.annealing import anneal
from segue.agents.sequencing.constraints import Constraints, TrackFacts, violations
from segue.agents.sequencing.expected_listener import ExpectedListener
from segue.agents.sequencing.ordering import best_order
from segue.agents.sequencing.polish import polish
from segue.agents.sequencing.problem import Problem, build_problem
from segue.agents.sequencing.rules import tempo_change
from segue.features.arrays import Float32Array, FloatArray, Int64Array, IntArray

MOST_CANDIDATES = 1200
"""Candidates that are searched at once; of more eligible tracks, the most promising ones."""
ROUNDS = 2
"""Searches with new candidates, chosen by what they add to the list found before."""
MOST_EXCHANGES = 8
"""Exchanges of single tracks at the end, for listeners whose utility is more than a sum."""
HOTTEST, WARM, COLDEST = 0.5, 0.2, 0.02
"""Temperatures: of the first search, of those that start from its list, and at the end of each; in units of
utility."""


@dataclass(frozen=True)
class Effort:
    """How long to search.

    Attributes:
        moves_per_track: Moves of a search for each place of the list.
        most_moves: Most moves of a search.
        tries: Searches, each with another seed, before a request counts as impossible.
        restarts: Searches from other first lists, of which the best one counts, once there is a list.
        descents: Descents of the search for the order of 40 given tracks; fewer tracks need fewer, and more
            get fewer, which take as long together.
    """

    moves_per_track: int = 25_000
    most_moves: int = 1_500_000
    tries: int = 3
    restarts: int = 3
    descents: int = 360

    def moves(self, n: int) -> int:
        """Returns the moves of a search for n places."""
        return int(min(self.moves_per_track * n, self.most_moves))

    def descents_of(self, n: int) -> int:
        """Returns the descents of a search for the order of n tracks; the time of one grows like n ** 2.2."""
        return int(self.descents * min((n / 40) ** 1.5, (40 / n) ** 2.2))


QUICK = Effort(moves_per_track=4_000, most_moves=200_000, tries=2, restarts=0, descents=20)
"""For finding out whether a request is possible."""


@dataclass(frozen=True)
class Avoid:
    """Lists to differ from.

    Attributes:
        lists: The lists, rows of the catalogue.
        price: Utility that each of their tracks, and each of their transitions, costs.
    """

    lists: tuple[IntArray, ...] = ()
    price: float = 0.0


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        rows: Rows of the catalogue in order, (n,); if there is no list, those of the one that breaks least.
        utility: Expected utility; NaN if there is no list.
        kept: Whether all constraints are kept.
    """

    rows: IntArray
    utility: float
    kept: bool


def search(
    listener: ExpectedListener,
    facts: TrackFacts,
    constraints: Constraints,
    seed: int,
    effort: Effort = Effort(),
    avoid: Avoid = Avoid(),
    on_progress: Callable[[float], object] = lambda share: None,
) -> Found:
    """Searches for a list of `listener.length` tracks.

    Args:
        listener: The listener.
        facts: What constraints read of tracks.
        constraints: The constraints; those on slots, required and eligible tracks must not contradict each
            other.
        seed: Seed; the same one gives the same list.
        effort: How long to search.
        avoid: Lists to differ from.
        on_progress: Called with the share of the search that is done, up to 1.
    """
    done, steps = 0, 1 + effort.restarts + (ROUNDS if effort.restarts else 0)

    def anneal_list(start: Int64Array, hottest: float) -> Found:
        nonlocal done
        found = _anneal(problem, eligible[chosen], start, rng, effort.moves(listener.length), hottest)
        done += 1
        on_progress(min(done / steps, 1.0))
        return found

    rng = np.random.default_rng(seed)
    eligible = np.union1d(constraints.eligible, np.array(constraints.required(), np.intp)).astype(np.intp)
    unary = _with_avoided(listener.at_positions(eligible), eligible, avoid)
    chosen = _promising(unary, eligible, constraints, rng)
    found, restarts = Found(eligible[:0], float("nan"), False), effort.restarts
    for attempt in range(effort.tries):
        problem = _problem(listener, facts, constraints, eligible[chosen], unary[:, chosen], avoid)
        start = start_list(problem, rng)
        if len(eligible) == listener.length:
            order, value, kept = best_order(
                problem, start, int(rng.integers(2**31)), effort.descents_of(len(start))
            )
            if kept:
                found, restarts = Found(eligible[order], value, True), 0
                break
        found = anneal_list(start, HOTTEST)
        if found.kept:
            break
        if len(chosen) < len(eligible) and attempt + 1 < effort.tries:
            worth = exchange_utility(listener, facts, constraints, found.rows, eligible, unary)
            chosen = _promising(worth, eligible, constraints, rng, np.searchsorted(eligible, found.rows))
    if not found.kept:
        return found
    for _ in range(restarts):
        other = anneal_list(start_list(problem, rng), HOTTEST)
        found = other if other.kept and other.utility > found.utility else found
    for _ in range(ROUNDS if effort.restarts and len(chosen) < len(eligible) else 0):
        worth = exchange_utility(listener, facts, constraints, found.rows, eligible, unary)
        own = np.searchsorted(eligible, found.rows)
        chosen = _promising(worth, eligible, constraints, rng, own)
        problem = _problem(listener, facts, constraints, eligible[chosen], unary[:, chosen], avoid)
        start = np.searchsorted(chosen, own).astype(np.int64)
        better = anneal_list(start, WARM)
        found = better if better.kept and better.utility > found.utility else found
    rows = found.rows
    if not listener.additive:
        rows = polish(listener, facts, constraints, rows, eligible[chosen], rng)
        rows = _exchanged(listener, facts, constraints, rows)
    return Found(rows, float(listener.utility(rows[None])[0]), True)


def start_list(problem: Problem, rng: np.random.Generator) -> Int64Array:
    """Makes a first list: the required candidates, and for the other places some that are good there."""
    count = problem.unary.shape[1]
    plan = problem.fixed.copy()
    left = [c for c in np.flatnonzero(problem.required) if c not in set(plan)]
    left.sort(key=lambda c: problem.rank[c])
    free = np.flatnonzero(plan < 0)
    plan[np.sort(rng.choice(free, len(left), replace=False))] = left
    used = {int(problem.works[c]) for c in plan if c >= 0} if problem.once else set()
    placed = {int(c) for c in plan if c >= 0}
    for k in np.flatnonzero(plan < 0):
        promising = rng.permutation(problem.best_at[k])
        for c in (*promising, *rng.permutation(count)):
            if int(c) not in placed and not (problem.once and int(problem.works[c]) in used):
                plan[k] = c
                placed.add(int(c))
                used.add(int(problem.works[c]))
                break
    return plan.astype(np.int64)


def exchange_utility(
    listener: ExpectedListener,
    facts: TrackFacts,
    constraints: Constraints,
    plan: IntArray,
    rows: IntArray,
    unary: Float32Array,
) -> Float32Array:
    """Computes what other tracks would be worth at each place of a list whose other tracks stay.

    Args:
        listener: The listener.
        facts: What constraints read of tracks.
        constraints: The constraints; those on tempo and key lower the value of what breaks them.
        plan: The list, (n,).
        rows: The other tracks, (R,).
        unary: Their utility at every position, (n, R).

    Returns:
        (n, R) utilities, up to a constant for each place.
    """
    into, out = listener.between(plan, rows), listener.between(rows, plan).T
    worth = unary.copy()
    for back, weight in enumerate(listener.lag_weights.astype(np.float32), start=1):
        worth[back:] += weight * into[:-back]
        worth[:-back] += weight * out[back:]
    for k in range(len(plan)):
        for before, after in ((k - 1, None), (None, k + 1)):
            near = before if before is not None else after
            if near is None or not 0 <= near < len(plan):
                continue
            forward = before is not None
            if constraints.max_tempo_change is not None:
                own, others = facts.tempo[plan[near]], facts.tempo[rows]
                ends = (own, others) if forward else (others, own)
                change = np.abs(tempo_change(ends[0], ends[1], constraints.octaves))
                worth[k, ~(change <= constraints.max_tempo_change)] -= np.float32(4.0)
            if constraints.keys is not None:
                key, other = facts.key[plan[near]], facts.key[rows]
                fits = constraints.keys[key, other] if forward else constraints.keys[other, key]
                worth[k, ~(fits & (key >= 0) & (other >= 0))] -= np.float32(2.0)
    return worth


def _with_avoided(unary: Float32Array, rows: IntArray, avoid: Avoid) -> Float32Array:
    """Lowers the utility of the tracks of other lists."""
    for other in avoid.lists:
        unary[:, np.isin(rows, other)] -= np.float32(avoid.price)
    return unary


def _problem(
    listener: ExpectedListener,
    facts: TrackFacts,
    constraints: Constraints,
    rows: IntArray,
    unary: Float32Array,
    avoid: Avoid,
) -> Problem:
    """Builds the problem, with the transitions of other lists made more expensive."""
    problem = build_problem(listener, facts, constraints, rows, unary)
    at = {int(row): k for k, row in enumerate(rows)}
    for other in avoid.lists:
        for a, b in pairwise(other):
            if int(a) in at and int(b) in at:
                problem.pair[at[int(a)], at[int(b)]] -= np.float32(avoid.price)
    return problem


def _promising(
    worth: Float32Array,
    rows: IntArray,
    constraints: Constraints,
    rng: np.random.Generator,
    kept: Iterable[int] = (),
) -> IntArray:
    """Chooses candidates: the best at each place, all that are required, and some at random.

    Args:
        worth: Value of each track at each place, (n, R).
        rows: The tracks, in rising order.
        constraints: The constraints.
        rng: Source of the random ones.
        kept: Places in `rows` of tracks that stay candidates.

    Returns:
        Places in `rows`, in rising order.
    """
    if len(rows) <= MOST_CANDIDATES:
        return np.arange(len(rows))
    each = max(MOST_CANDIDATES * 3 // 4 // len(worth), 4)
    best = np.argpartition(-worth, each, axis=1)[:, :each]
    required = np.searchsorted(rows, np.array(constraints.required(), np.intp))
    some = rng.choice(len(rows), MOST_CANDIDATES // 4, replace=False)
    # Places with equal needs share their best tracks; the next best ones of all fill the rest.
    chosen = np.unique(np.concatenate([best.ravel(), required, some, np.fromiter(kept, np.intp)]))
    room = MOST_CANDIDATES - len(chosen)
    if room > 0:
        overall = worth.max(axis=0)
        overall[chosen] = -np.inf
        chosen = np.union1d(chosen, np.argpartition(-overall, room)[:room])
    return chosen.astype(np.intp)


def _anneal(
    problem: Problem, rows: IntArray, start: Int64Array, rng: np.random.Generator, moves: int, hottest: float
) -> Found:
    """Anneals from a first list; the utility is that of the problem, up to a constant."""
    seed = int(rng.integers(2**31))
    best, value, least, _ = anneal(problem, start, seed, moves, hottest, COLDEST)
    kept = bool(np.isfinite(value))
    return Found(rows[best if kept else least], float(value), kept)


def _exchanged(
    listener: ExpectedListener, facts: TrackFacts, constraints: Constraints, rows: IntArray
) -> IntArray:
    """Exchanges single tracks as long as the listener gains by it, at most `MOST_EXCHANGES` times."""
    for _ in range(MOST_EXCHANGES):
        places = runners_up(listener, facts, constraints, rows)
        gains = [places[k][0][1] if places[k] else 0.0 for k in range(len(rows))]
        k = int(np.argmin(gains))
        if gains[k] >= 0.0:
            break
        rows = rows.copy()
        rows[k] = places[k][0][0]
    return rows


def runners_up(
    listener: ExpectedListener,
    facts: TrackFacts,
    constraints: Constraints,
    rows: IntArray,
    count: int = 3,
) -> list[list[tuple[int, float]]]:
    """Finds for each place the tracks that could stand there instead.

    Args:
        listener: The listener.
        facts: What constraints read of tracks.
        constraints: The constraints, which every substitution keeps.
        rows: The list, (n,).
        count: Most tracks per place.

    Returns:
        For each place, pairs of a row and the utility that the list would lose, cheapest first.
    """
    others = np.setdiff1d(constraints.eligible, rows)
    required = set(constraints.required())
    if not len(others):
        return [[] for _ in rows]
    worth = exchange_utility(listener, facts, constraints, rows, others, listener.at_positions(others))
    tried: list[tuple[int, IntArray]] = []
    for k in range(len(rows)):
        if int(rows[k]) in required:
            continue
        fitting = 0
        for other in others[_highest(worth[k], 8 * count)]:
            changed = rows.copy()
            changed[k] = other
            if not violations(facts, constraints, changed):
                tried.append((k, changed))
                fitting += 1
            if fitting == count:
                break
    found: list[list[tuple[int, float]]] = [[] for _ in rows]
    if tried:
        own = float(listener.utility(rows[None])[0])
        utilities: FloatArray = listener.utility(np.array([changed for _, changed in tried]))
        for (k, changed), utility in zip(tried, utilities, strict=True):
            found[k].append((int(changed[k]), own - float(utility)))
    return [sorted(places, key=lambda place: place[1]) for places in found]


def _highest(values: Float32Array, count: int) -> Sequence[int]:
    """Returns the indices of the highest values, highest first."""
    return np.argsort(-values, kind="stable")[:count].tolist()
