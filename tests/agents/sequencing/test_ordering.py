"""The search for an order: it finds the best of all orders, and the only good one among many tracks."""

from itertools import permutations

import numpy as np
import pytest

from segue.agents.sequencing.constraints import Constraints, violations
from segue.agents.sequencing.expected_listener import ExpectedListener
from segue.agents.sequencing.ordering import best_order
from segue.agents.sequencing.problem import build_problem

ROWS = np.array([7, 61, 118, 203, 260, 311, 377])


def wishes(**constraints):
    return Constraints(eligible=ROWS, include=tuple(ROWS.tolist()), versions=True, **constraints)


@pytest.mark.parametrize(
    "wish",
    [
        wishes(),
        wishes(slots={0: 203, 4: 61}),
        wishes(max_tempo_change=25.0),
        wishes(order=(311, 7, 260)),
        wishes(keys=np.eye(24, dtype=bool), key_violations=5),
        wishes(slots={3: 118}, seconds=(0.0, 5000.0), max_tempo_change=40.0),
    ],
    ids=["free", "slots", "tempo", "order", "keys", "length"],
)
def test_no_order_that_keeps_the_constraints_is_better(demo, facts, wish):
    listener = ExpectedListener(demo, "djset", len(ROWS))
    plans = np.array(list(permutations(ROWS)))
    kept = np.array([not violations(facts, wish, plan) for plan in plans])
    problem = build_problem(listener, facts, wish, ROWS, listener.at_positions(ROWS))
    start = problem.fixed.copy()
    start[start < 0] = np.setdiff1d(np.arange(len(ROWS)), start)
    order, _, feasible = best_order(problem, start, 0, 60)
    assert feasible == kept.any()
    if feasible:
        assert not violations(facts, wish, ROWS[order])
        best = listener.utility(plans[kept]).max()
        assert listener.utility(ROWS[order][None])[0] == pytest.approx(best, abs=1e-3)


def test_a_broken_constraint_is_reported(demo, facts):
    wish = wishes(max_tempo_change=0.01)
    listener = ExpectedListener(demo, "djset", len(ROWS))
    problem = build_problem(listener, facts, wish, ROWS, listener.at_positions(ROWS))
    assert not best_order(problem, np.arange(len(ROWS)), 0, 20)[2]


@pytest.mark.parametrize("seed", range(3))
def test_the_one_good_order_of_thirty_tracks_is_found(demo, facts, seed):
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(demo), 30, replace=False)
    listener = ExpectedListener(demo, {"preset": "djset", "terms": {"transition": {"memory": 1}}}, 30)
    hidden = rng.permutation(30)
    pair = -rng.uniform(0.5, 3.0, (30, 30)).astype(np.float32)
    pair[hidden[:-1], hidden[1:]] = -0.1
    problem = build_problem(
        listener,
        facts,
        Constraints(eligible=rows, include=tuple(rows.tolist()), versions=True),
        rows,
        np.zeros((30, 30), np.float32),
    )._replace(pair=pair)
    order, utility, feasible = best_order(problem, rng.permutation(30), seed, 100)
    assert feasible
    assert order.tolist() == hidden.tolist()
    assert utility == pytest.approx(-2.9, abs=1e-4)
