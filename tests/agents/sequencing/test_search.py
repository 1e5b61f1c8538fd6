"""The search: it finds the best order of few tracks, and its utilities are those that the listener has."""

from itertools import permutations

import numpy as np
import pytest

from segue.agents.sequencing.constraints import Constraints, violations
from segue.agents.sequencing.expected_listener import ExpectedListener
from segue.agents.sequencing.replacements import runners_up
from segue.agents.sequencing.search import Effort, search

FEW = Effort(moves_per_track=3000, restarts=1)


def test_the_order_of_six_tracks_is_the_best_of_all(demo, facts):
    rows = np.array([3, 50, 120, 200, 301, 377])
    listener = ExpectedListener(demo, "djset", 6)
    best = listener.utility(np.array(list(permutations(rows)))).max()
    wish = Constraints(eligible=rows, include=tuple(rows.tolist()), versions=True)
    found = search(listener, facts, wish, 0, FEW)
    assert sorted(found.rows) == sorted(rows)
    assert found.utility == pytest.approx(best, abs=1e-4)


def test_utility_is_a_sum_over_places_and_pairs(demo):
    listener = ExpectedListener(demo, "djset", 9)
    rng = np.random.default_rng(1)
    plans = np.array([rng.permutation(len(demo))[:9] for _ in range(8)])
    sums = []
    for plan in plans:
        unary, pair = listener.at_positions(plan), listener.between(plan, plan)
        earlier = [
            weight * pair[k - back, k]
            for k in range(9)
            for back, weight in enumerate(listener.lag_weights, start=1)
            if back <= k
        ]
        sums.append(np.trace(unary) + sum(earlier))
    difference = listener.utility(plans) - np.array(sums)
    assert listener.additive
    assert np.ptp(difference) < 1e-3


def test_liked_tracks_draw_the_list_to_themselves(demo, facts):
    quiet = np.argsort(demo.raw("loudness"))[:20]
    wish = Constraints(eligible=np.arange(len(demo)))
    lists = [
        search(ExpectedListener(demo, "rebound", 8, liked=liked), facts, wish, 0, FEW).rows
        for liked in (None, quiet)
    ]
    loudness = [demo.raw("loudness")[rows].mean() for rows in lists]
    assert loudness[1] < loudness[0] - 3


def test_runners_up_keep_the_constraints_and_cost_what_they_state(demo, facts):
    wish = Constraints(eligible=np.arange(len(demo)), artist_gap=3, max_tempo_change=10.0)
    listener = ExpectedListener(demo, "djset", 6)
    found = search(listener, facts, wish, 0, FEW)
    places = runners_up(listener, facts, wish, found.rows)
    assert any(places)
    for k, others in enumerate(places):
        for row, cost in others:
            changed = found.rows.copy()
            changed[k] = row
            assert violations(facts, wish, changed) == []
            assert cost == pytest.approx(found.utility - listener.utility(changed[None])[0], abs=1e-6)


def test_progress_rises_to_the_end_of_the_search(demo, facts):
    shares = []
    wish = Constraints(eligible=np.arange(len(demo)))
    search(ExpectedListener(demo, "djset", 6), facts, wish, 0, FEW, on_progress=shares.append)
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.5
    assert shares[-1] <= 1.0
