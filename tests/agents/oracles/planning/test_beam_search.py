"""Beam search finds the best order, without reading the noise of the session."""

import itertools

import numpy as np
import pytest

from segue.agents.oracles.planning.beam_search import beam_search, exact_plan, plan_value
from segue.agents.oracles.planning.local_search import local_search
from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting

FIRST_ORDER = {
    "terms": {"taste": {}, "transition": {"weight": 3.0, "memory": 1}, "energy_arc": {"weight": 4.0}},
    "departure": {"never": True},
}


def begin(batch=3, **settings):
    defaults = {"catalog": "synthetic:400", "pool_size": 6, "length": 6, "listener": FIRST_ORDER}
    sessions = Sessions(
        build_setting(**{**defaults, **settings}), [np.random.default_rng(row) for row in range(batch)]
    )
    sessions.begin(np.arange(batch))
    return sessions


def test_exact_plans_are_the_best_of_all_orders():
    sessions = begin()
    orders = np.array(list(itertools.permutations(range(6))))
    every_order = np.broadcast_to(orders, (3, *orders.shape))
    best = plan_value(sessions, every_order).max(axis=1)
    assert plan_value(sessions, exact_plan(sessions)[:, None])[:, 0] == pytest.approx(best)


def test_the_value_of_a_plan_is_the_sum_of_its_expected_rewards():
    sessions = begin(1, listener={"terms": {"taste": {}}, "departure": {"never": True}})
    expected = sessions.expected_reward()[0]
    plan = np.array([[[4, 2, 5]]])
    assert plan_value(sessions, plan)[0, 0] == pytest.approx(expected[[4, 2, 5]].sum())


def test_the_value_of_a_plan_is_weighted_by_the_probability_of_staying():
    stays = begin(1, listener={"terms": {"taste": {}}, "departure": {"never": True}})
    leaves = begin(1, listener={"terms": {"taste": {}}, "departure": {"a": 0.0, "b": 0.0, "c": 0.0}})
    first, second = stays.expected_reward()[0, [0, 1]]
    plan = np.array([[[0, 1]]])
    assert plan_value(stays, plan)[0, 0] == pytest.approx(first + second)
    assert plan_value(leaves, plan)[0, 0] == pytest.approx(first + 0.5 * second)


def test_beam_search_beats_greedy_play_and_local_search_never_makes_it_worse():
    sessions = begin(4, pool_size=30, length=12, listener="full")
    greedy = beam_search(sessions, width=1, branch=1)
    searched = beam_search(sessions)
    improved = local_search(sessions, searched, np.random.default_rng(0), rounds=10)
    values = plan_value(sessions, np.stack([greedy, searched, improved], axis=1))
    assert (values[:, 1] >= values[:, 0] - 1e-9).all()
    assert (values[:, 2] >= values[:, 1]).all()
    assert values[:, 2].mean() > values[:, 0].mean() + 0.1
    assert all(len(set(plan)) == 12 for plan in improved)


def test_plans_continue_from_the_current_position():
    sessions = begin(2, pool_size=10, length=8)
    sessions.step(np.array([3, 7]))
    plans = beam_search(sessions)
    assert plans.shape == (2, 7)
    assert 3 not in plans[0]
    assert 7 not in plans[1]


def test_plans_depend_on_no_noise_and_leave_the_sessions_unchanged():
    sessions = begin(2, pool_size=20, length=10, listener="session")
    before = sessions.state.key.copy(), sessions.utility()
    plans = beam_search(sessions)
    other = sessions.repeat(np.arange(2), rng=np.random.default_rng(5))
    assert not np.array_equal(other.state.key, sessions.state.key)
    assert np.array_equal(beam_search(other), plans)
    assert np.array_equal(before[0], sessions.state.key)
    assert np.array_equal(before[1], sessions.utility())
