"""What it costs to ignore a term, and how skips follow each other, on listeners whose answer is known."""

import numpy as np
import pytest

from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting
from segue.experiments.calibration.reference_play import (
    Playthrough,
    greedy,
    planned,
    play,
    random_choice,
)
from segue.experiments.calibration.term_importance import ignoring, skip_pattern, term_table


def begin(terms, batch=40, **settings):
    listener = {"terms": terms, "departure": {"never": True}}
    defaults = {"catalog": "synthetic:400", "pool_size": 20, "length": 10, "listener": listener}
    setting = build_setting(**{**defaults, **settings})
    sessions = Sessions(setting, [np.random.default_rng(row) for row in range(batch)])
    sessions.begin(np.arange(batch))
    return sessions


def test_ignoring_the_only_term_loses_all_that_greed_gains():
    table = term_table(begin({"taste": {"weight": 2.0}}, batch=200), draws=8).set_index("term")
    assert table.loc["taste", "variance_share"] == pytest.approx(100.0)
    # Without any term all candidates look alike, and the first free one is as good as a random one.
    assert table.loc["taste", "lost"] == pytest.approx(100.0, abs=12.0)
    assert table.loc["taste", "low"] < table.loc["taste", "lost"] < table.loc["taste", "high"]


def test_a_term_of_little_weight_costs_little_and_one_that_shifts_all_alike_is_marked():
    terms = {"taste": {"weight": 2.0}, "transition": {"weight": 0.05}, "engagement": {"level_spread": 1.0}}
    table = term_table(begin(terms, batch=200), draws=8).set_index("term")
    assert table["common"].tolist() == [False, False, True]
    assert table.loc["transition", "variance_share"] < 1.0
    assert abs(table.loc["transition", "lost"]) < 3.0
    assert table.loc["engagement", "variance_share"] == pytest.approx(0.0, abs=1e-9)


def test_the_shares_are_those_of_the_variances():
    terms = {"taste": {"weight": 2.0}, "more": {"term": "taste", "weight": 1.0}}
    table = term_table(begin(terms, batch=400, length=1), draws=1).set_index("term")
    assert table.loc["taste", "variance_share"] == pytest.approx(80.0, abs=3.0)
    assert table.loc["more", "variance_share"] == pytest.approx(20.0, abs=3.0)


def test_ignoring_drift_keeps_the_first_taste_for_choosing_only():
    sessions = begin({"taste": {"weight": 2.0}, "drift": {"rate": 2.0}}, reward="utility")
    first = sessions.state_of("taste").copy()
    choose = ignoring("drift")
    for k in range(4):
        slots = choose(sessions, k)
        drifted = sessions.state_of("taste").copy()
        by_first = (first[:, None] * (2.0 * sessions.state.features - 1.0)).sum(axis=2)
        assert np.array_equal(slots, np.where(sessions.available, by_first, -np.inf).argmax(axis=1))
        assert np.array_equal(sessions.state_of("taste"), drifted)
        sessions.step(slots)
    assert not np.allclose(sessions.state_of("taste"), first)


def test_skips_are_described_by_hand_computed_shares():
    # Two sessions: skip, skip, keep, skip within 5 s; keep, skip, and then the listener leaves.
    skipped = np.array([[[1, 1, 0, 1]], [[0, 1, 0, 0]]], bool)
    live = np.array([[[1, 1, 1, 1]], [[1, 1, 0, 0]]], bool)
    seconds = np.where(skipped, 20.0, 200.0)
    seconds[0, 0, 3] = 2.0
    found = skip_pattern(Playthrough(np.zeros((2, 1, 4)), live, skipped, seconds))
    assert found == pytest.approx(
        {"skipped": 4 / 6, "after_skip": 1 / 2, "after_keep": 1.0, "within_5s": 1 / 6}
    )


def test_policies_are_played_under_the_same_noise_and_leave_the_sessions_as_they_are():
    sessions = begin({"taste": {}}, batch=6, listener="full")
    before = sessions.utility().copy()
    for choose in (random_choice, lambda: greedy, planned):
        first, second = play(sessions, choose(), 2), play(sessions, choose(), 2)
        assert np.array_equal(first.reward, second.reward)
    assert np.array_equal(sessions.utility(), before)
    assert first.tracks.max() <= 10
