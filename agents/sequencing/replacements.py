"""What single tracks of a list could be replaced by, while its other tracks stay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segue.agents.sequencing.constraints import Constraints, TrackFacts, violations
from segue.agents.sequencing.expected_listener import ExpectedListener
from segue.agents.sequencing.rules import tempo_change
from segue.features.arrays import Float32Array, FloatArray, IntArray

MOST_REPLACEMENTS = 8
"""Replacements at the end of a search, for listeners whose utility is more than a sum."""
PRICE_OF_TEMPO, PRICE_OF_KEY = np.float32(4.0), np.float32(2.0)
"""Utility that a transition loses whose change of tempo or of key breaks a constraint."""


def replacement_utility(
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
        if k > 0:
            _lower_where_broken(worth[k], facts, constraints, plan[k - 1], rows)
        if k + 1 < len(plan):
            _lower_where_broken(worth[k], facts, constraints, rows, plan[k + 1])
    return worth


def _lower_where_broken(
    worth: Float32Array,
    facts: TrackFacts,
    constraints: Constraints,
    before: IntArray,
    after: IntArray,
) -> None:
    """Lowers the value (R,) of transitions that break a constraint, from R tracks or into R tracks."""
    if constraints.max_tempo_change is not None:
        change = np.abs(tempo_change(facts.tempo[before], facts.tempo[after], constraints.octaves))
        worth[~(change <= constraints.max_tempo_change)] -= PRICE_OF_TEMPO
    if constraints.keys is not None:
        key, next_key = facts.key[before], facts.key[after]
        fits = constraints.keys[key, next_key] & (key >= 0) & (next_key >= 0)
        worth[~fits] -= PRICE_OF_KEY


def replace_tracks(
    listener: ExpectedListener, facts: TrackFacts, constraints: Constraints, rows: IntArray
) -> IntArray:
    """Replaces single tracks as long as the listener gains by it, at most `MOST_REPLACEMENTS` times."""
    for _ in range(MOST_REPLACEMENTS):
        places = runners_up(listener, facts, constraints, rows)
        costs = [others[0][1] if others else 0.0 for others in places]
        k = int(np.argmin(costs))
        if costs[k] >= 0.0:
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
    worth = replacement_utility(listener, facts, constraints, rows, others, listener.at_positions(others))
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
