"""Local search improves plans, and values candidates put in front of a plan."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.agents.oracles.planning.beam_search import beam_search, plan_value
from segue.agents.oracles.planning.local_search import _changes, polish, values_in_front, without
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
def test_changes_use_no_track_twice_and_only_available_tracks(steps, more, seed):
    pool = steps + more + 2
    plans = orders(4, pool - 2, steps, seed)
    available = np.ones((4, pool), bool)
    available[:, -2:] = False  # already played
    for plan, changed in zip(plans, _changes(plans, available, np.random.default_rng(seed), 30), strict=True):
        for variant in changed:
            assert len(set(variant)) == steps
            assert variant.max() < pool - 2
            common = len(set(variant) & set(plan))
            assert common >= steps - 1
            # An exchange leaves all other tracks in place.
            assert common == steps or (variant != plan).sum() == 1


def test_every_kind_of_change_occurs():
    plans = np.arange(5)[None]
    changed = _changes(plans, np.ones((1, 8), bool), np.random.default_rng(0), 500)[0]
    assert any((variant == [1, 2, 3, 4, 0]).all() for variant in changed)  # first track moved to the end
    assert any((variant == [4, 1, 2, 3, 0]).all() for variant in changed)  # first and last track swapped
    assert any((variant == [0, 1, 7, 3, 4]).all() for variant in changed)  # one track exchanged


def test_polishing_finds_the_best_order_of_few_tracks():
    sessions = begin(2, pool_size=4, length=4)
    polished = polish(sessions, orders(2, 4, 4, 0), np.random.default_rng(0), rounds=30, tries=30)
    best = plan_value(sessions, beam_search(sessions, width=64, branch=4)[:, None])
    assert plan_value(sessions, polished[:, None]) == pytest.approx(best)


def test_putting_a_candidate_in_front_shifts_the_plan_back():
    sessions = begin(1)
    plan = np.array([[3, 1, 4, 5, 9, 2]])
    values = values_in_front(sessions, plan, 12)[0]
    for slot, expected in ((3, [3, 1, 4, 5, 9, 2]), (5, [5, 3, 1, 4, 9, 2]), (7, [7, 3, 1, 4, 5, 9])):
        value = plan_value(sessions, np.array([[expected]]))[0, 0]
        assert values[slot] == pytest.approx(value)


def test_only_the_most_promising_candidates_are_valued():
    sessions = begin(3)
    sessions.step(np.zeros(3, np.intp))
    plans = beam_search(sessions)
    values = values_in_front(sessions, plans, 4)
    assert (np.isfinite(values).sum(axis=1) == 4).all()
    assert np.isfinite(values[np.arange(3), plans[:, 0]]).all()
    assert np.isneginf(values[:, 0]).all()


def test_played_tracks_are_removed_from_the_plan():
    plans = np.array([[3, 1, 4], [3, 1, 4], [3, 1, 4]])
    assert without(plans, np.array([3, 4, 8])).tolist() == [[1, 4], [3, 1], [3, 1]]
