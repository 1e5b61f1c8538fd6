"""Solves a resolved request: the number of tracks, then which ones in which order."""

from __future__ import annotations

from collections.abc import Callable

from segue.agents.sequencing.constraints import Constraints, violations
from segue.agents.sequencing.search import QUICK, Avoid, Effort, Found, search
from segue.experiments.playlists.contradictions import possible_lengths
from segue.experiments.playlists.resolve import Resolved

FULL = Effort()


def solve(
    resolved: Resolved,
    avoid: Avoid = Avoid(),  # noqa: B008 — frozen
    seed: int | None = None,
    on_progress: Callable[[float], object] = lambda share: None,
) -> Found:
    """Searches for the best list.

    Args:
        resolved: The request, free of contradictions.
        avoid: Lists to differ from.
        seed: Seed; that of the request by default.
        on_progress: Called with the share of the search that is done.

    Returns:
        The list; `kept` is False if none was found that keeps all constraints.
    """
    start = resolved.request.seed if seed is None else seed
    lengths = possible_lengths(resolved)
    found = None
    for length in lengths:
        listener, constraints = resolved.listener(length), resolved.constraints
        if len(lengths) > 1:
            found = search(listener, resolved.facts, constraints, start, QUICK, avoid)
            if not found.kept:
                continue
        best = search(listener, resolved.facts, constraints, start, FULL, avoid, on_progress)
        found = best if best.kept or found is None or not found.kept else found
        if found.kept:
            break
    if found is None:
        raise AssertionError("There is no length to try.")
    if found.kept and (broken := violations(resolved.facts, resolved.constraints, found.rows)):
        raise AssertionError(f"The search returned a list that breaks {broken[0]}.")
    return found


def find_quickly(resolved: Resolved, constraints: Constraints, lengths: list[int]) -> Found | None:
    """Returns any list that keeps other constraints; None if a quick search finds none."""
    for length in lengths:
        found = search(resolved.listener(length), resolved.facts, constraints, resolved.request.seed, QUICK)
        if found.kept:
            return found
    return None
