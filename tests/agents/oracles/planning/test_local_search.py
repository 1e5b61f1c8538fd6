"""Local search improves plans, and values candidates put in front of a plan."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.agents.oracles.planning.beam_search import beam_search, plan_value
from segue.agents.oracles.planning.local_search import (
    _neighbours,
    first_action_values,
    local_search,
    remaining_plans,
)
from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting


def begin(batch=3, **settings):
    defaults = {"catalog": "synthetic:400", "pool_size": 12, "length": 6, "listener": "full"}
    generators = [np.random.default_rng(row) for row in range(batch)]
    sessions = Sessions(build_setting(**{**defaults, **settings}), generators)
    sessions.begin(np.arange(batch))
    return sessions


def orders(batch, pool, steps, seed):
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(pool)[:steps] for _ in range(batch)])


@given(st.integers(1, 7), st.integers(0, 3), st.integers(0, 50))
def test_neighbours_play_no_track_twice_and_none_that_was_played(steps, more, seed):
    pool = steps + more + 2
    plans = orders(4, pool - 2, steps, seed)
    available = np.ones((4, pool), bool)
    available[:, -2:] = False  # what was played before
    for plan, changed in zip(
        plans, _neighbours(plans, available, np.random.default_rng(seed), 30), strict=True
    ):
        for one in changed:
            assert len(set(one)) == steps
            assert one.max() < pool - 2
            common = len(set(one) & set(plan))
            assert common >= steps - 1
            # A replacement leaves all others in their place.
            assert common == steps or (one != plan).sum() == 1


def test_all_kinds_of_changes_are_tried():
    plans = np.arange(5)[None]
    changed = _neighbours(plans, np.ones((1, 8), bool), np.random.default_rng(0), 500)[0]
    assert any((one == [1, 2, 3, 4, 0]).all() for one in changed)  # the first moved to the end
    assert any((one == [4, 1, 2, 3, 0]).all() for one in changed)  # the two ends swapped
    assert any((one == [0, 1, 7, 3, 4]).all() for one in changed)  # one replaced


def test_polishing_finds_the_best_order_of_few_tracks():
    sessions = begin(2, pool_size=4, length=4)
    improved = local_search(sessions, orders(2, 4, 4, 0), np.random.default_rng(0), rounds=30, tries=30)
    best = plan_value(sessions, beam_search(sessions, width=64, branch=4)[:, None])
    assert plan_value(sessions, improved[:, None]) == pytest.approx(best)


def test_a_first_action_moves_to_the_front_or_replaces_the_last_track():
    sessions = begin(1)
    plan = np.array([[3, 1, 4, 5, 9, 2]])
    values = first_action_values(sessions, plan, 12)[0]
    for slot, expected in ((3, [3, 1, 4, 5, 9, 2]), (5, [5, 3, 1, 4, 9, 2]), (7, [7, 3, 1, 4, 5, 9])):
        value = plan_value(sessions, np.array([[expected]]))[0, 0]
        assert values[slot] == pytest.approx(value)


def test_only_the_most_promising_first_actions_are_valued():
    sessions = begin(3)
    sessions.step(np.zeros(3, np.intp))
    plans = beam_search(sessions)
    values = first_action_values(sessions, plans, 4)
    assert (np.isfinite(values).sum(axis=1) == 4).all()
    assert np.isfinite(values[np.arange(3), plans[:, 0]]).all()
    assert np.isneginf(values[:, 0]).all()


def test_the_remaining_plan_lacks_the_track_played_or_the_last_one():
    plans = np.array([[3, 1, 4], [3, 1, 4], [3, 1, 4]])
    assert remaining_plans(plans, np.array([3, 4, 8])).tolist() == [[1, 4], [3, 1], [3, 1]]
