"""Search for the list with the highest expected utility that keeps all constraints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from segue.agents.sequencing.annealing import anneal
from segue.agents.sequencing.constraints import Constraints, TrackFacts
from segue.agents.sequencing.expected_listener import ExpectedListener
from segue.agents.sequencing.ordering import best_order
from segue.agents.sequencing.polish import polish
from segue.agents.sequencing.problem import Problem, build_problem
from segue.agents.sequencing.replacements import replace_tracks, replacement_utility
from segue.features.arrays import Float32Array, Int64Array, IntArray

MOST_CANDIDATES = 1200
"""Candidates that are searched at once; of more eligible tracks, the most promising ones."""
ROUNDS = 2
"""Searches with new candidates, chosen by what they add to the list found before."""
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
    run = _Search(listener, facts, constraints, seed, effort, avoid, on_progress)
    restarts, found = effort.restarts, Found(run.eligible[:0], float("nan"), False)
    for attempt in range(effort.tries):
        start = start_list(run.problem, run.rng)
        if len(run.eligible) == listener.length and (ordered := run.order(start)).kept:
            found, restarts = ordered, 0
            break
        found = run.anneal(start, HOTTEST)
        if found.kept:
            break
        if run.is_narrowed and attempt + 1 < effort.tries:
            run.choose_again(found.rows)
    if not found.kept:
        return found
    for _ in range(restarts):
        found = _better(found, run.anneal(start_list(run.problem, run.rng), HOTTEST))
    for _ in range(ROUNDS if effort.restarts and run.is_narrowed else 0):
        start = run.choose_again(found.rows)
        found = _better(found, run.anneal(start, WARM))
    rows = found.rows
    if not listener.additive:
        rows = polish(listener, facts, constraints, rows, run.eligible[run.chosen], run.rng)
        rows = replace_tracks(listener, facts, constraints, rows)
    return Found(rows, float(listener.utility(rows[None])[0]), True)


class _Search:
    """A search under way; the arguments are those of `search`.

    Attributes:
        rng: Its random numbers.
        eligible: Rows that may be played, rising.
        chosen: Places in `eligible` of the candidates that are searched, rising.
        problem: The problem of choosing and ordering these.
    """

    def __init__(
        self,
        listener: ExpectedListener,
        facts: TrackFacts,
        constraints: Constraints,
        seed: int,
        effort: Effort,
        avoid: Avoid,
        on_progress: Callable[[float], object],
    ) -> None:
        self._listener, self._facts, self._constraints = listener, facts, constraints
        self._effort, self._avoid, self._on_progress = effort, avoid, on_progress
        self._done, self._steps = 0, 1 + effort.restarts + (ROUNDS if effort.restarts else 0)
        self.rng = np.random.default_rng(seed)
        required = np.array(constraints.required(), np.intp)
        self.eligible = np.union1d(constraints.eligible, required).astype(np.intp)
        self._unary = _with_avoided(listener.at_positions(self.eligible), self.eligible, avoid)
        self._choose(_promising(self._unary, self.eligible, constraints, self.rng))

    @property
    def is_narrowed(self) -> bool:
        """Whether only some of the eligible tracks are searched."""
        return len(self.chosen) < len(self.eligible)

    def _choose(self, chosen: IntArray) -> None:
        self.chosen = chosen
        rows, unary = self.eligible[chosen], self._unary[:, chosen]
        self.problem = _problem(self._listener, self._facts, self._constraints, rows, unary, self._avoid)

    def choose_again(self, rows: IntArray) -> Int64Array:
        """Chooses the candidates by what they add to a list of rows (n,); returns the list as candidates."""
        listener, facts, constraints = self._listener, self._facts, self._constraints
        worth = replacement_utility(listener, facts, constraints, rows, self.eligible, self._unary)
        own = np.searchsorted(self.eligible, rows)
        self._choose(_promising(worth, self.eligible, constraints, self.rng, own))
        return np.searchsorted(self.chosen, own).astype(np.int64)

    def order(self, start: Int64Array) -> Found:
        """Searches for the best order of the candidates of a list."""
        seed, descents = int(self.rng.integers(2**31)), self._effort.descents_of(len(start))
        order, utility, kept = best_order(self.problem, start, seed, descents)
        return Found(self.eligible[order], utility, kept)

    def anneal(self, start: Int64Array, hottest: float) -> Found:
        """Anneals from a first list; the utility is that of the problem, up to a constant."""
        moves, seed = self._effort.moves(self._listener.length), int(self.rng.integers(2**31))
        best, utility, least, _ = anneal(self.problem, start, seed, moves, hottest, COLDEST)
        self._done += 1
        self._on_progress(min(self._done / self._steps, 1.0))
        kept = bool(np.isfinite(utility))
        return Found(self.eligible[self.chosen][best if kept else least], float(utility), kept)


def _better(found: Found, other: Found) -> Found:
    """Returns another list if it keeps all constraints and has a higher utility, else the first."""
    return other if other.kept and other.utility > found.utility else found


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
