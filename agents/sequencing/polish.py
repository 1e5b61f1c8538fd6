"""Local search on lists whose utility depends on more than places and pairs, such as satiation."""

from __future__ import annotations

import numpy as np

from segue.agents.sequencing.constraints import Constraints, TrackFacts, violations
from segue.agents.sequencing.expected_listener import ExpectedListener
from segue.features.arrays import IntArray

TRIES = 48
"""Changes that are played in each round."""
ROUNDS = 80
PATIENCE = 12
"""Most rounds, and rounds without a gain after which the search ends."""


def polish(
    listener: ExpectedListener,
    facts: TrackFacts,
    constraints: Constraints,
    rows: IntArray,
    candidates: IntArray,
    rng: np.random.Generator,
) -> IntArray:
    """Improves a list by swapping, moving and replacing tracks, with the listener playing every change.

    Args:
        listener: The listener.
        facts: What constraints read of tracks.
        constraints: The constraints, which every change keeps.
        rows: A list that keeps them, (n,).
        candidates: Rows that may replace tracks.
        rng: Draws the changes.

    Returns:
        A list with at least the same utility.
    """
    best, value, idle = rows, float(listener.utility(rows[None])[0]), 0
    for _ in range(ROUNDS):
        tried = [_changed(best, candidates, rng) for _ in range(TRIES)]
        kept = np.array([plan for plan in tried if not violations(facts, constraints, plan)])
        idle += 1
        if len(kept):
            utilities = listener.utility(kept)
            top = int(utilities.argmax())
            if utilities[top] > value + 1e-9:
                best, value, idle = kept[top], float(utilities[top]), 0
        if idle == PATIENCE:
            break
    return best


def _changed(rows: IntArray, candidates: IntArray, rng: np.random.Generator) -> IntArray:
    """Replaces, swaps or moves one track."""
    plan, (i, j) = rows.copy(), rng.integers(len(rows), size=2)
    kind = rng.random()
    if kind < 0.5 and len(candidates) > len(rows):
        plan[i] = candidates[rng.integers(len(candidates))]
    elif kind < 0.75:
        plan[i], plan[j] = plan[j], plan[i]
    else:
        track = plan[i]
        plan = np.insert(np.delete(plan, i), j, track)
    return plan
