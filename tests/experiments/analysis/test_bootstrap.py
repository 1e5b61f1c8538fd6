"""Bootstrap intervals, against theory and in cases where the answer is known."""

import numpy as np
import pytest

from segue.experiments.analysis.bootstrap import (
    improvement_interval,
    mean_by_seed,
    mean_interval,
    mean_intervals,
    paired_interval,
    profile_band,
    resampled_interval,
    score_interval,
)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_interval_of_a_mean_agrees_with_the_normal_approximation():
    values = rng().normal(3.0, 2.0, 400)
    interval = resampled_interval(lambda e: values[e].mean(-1), [400], resamples=4000)
    half = 1.96 * values.std() / 20
    assert interval.estimate == pytest.approx(values.mean())
    assert interval.low == pytest.approx(values.mean() - half, abs=0.03)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.03)


def test_pairing_removes_the_variance_of_the_listeners():
    listeners = rng().normal(0.0, 10.0, (1, 300))
    better = listeners + 0.5 + rng(1).normal(0.0, 0.1, (1, 300))
    interval = paired_interval(better, listeners)
    assert 0.45 < interval.low < interval.estimate < interval.high < 0.55


def test_constant_advantage_has_no_width():
    listeners = rng().normal(size=(1, 50))
    assert paired_interval(listeners + 2.0, listeners) == pytest.approx((2.0, 2.0, 2.0))


def test_differing_seeds_widen_the_interval():
    # Two seeds, one 1 better and one 1 worse: half of all resamples of two seeds draw the same seed twice.
    base = rng().normal(size=(1, 50))
    interval = paired_interval(np.concatenate([base + 1, base - 1]), base)
    assert interval == pytest.approx((0.0, -1.0, 1.0))


def test_score_of_one_environment_by_hand():
    lower, upper = np.zeros((1, 4)), np.full((1, 4), 10.0)
    agent = np.array([[2.0, 4.0, 2.0, 4.0]])
    assert score_interval([(agent, lower, upper)]).estimate == pytest.approx(0.3)


def test_score_over_environments_uses_the_scale_of_each():
    small = (np.full((1, 4), 0.5), np.zeros((1, 4)), np.ones((1, 4)))
    large = (np.full((1, 4), 90.0), np.zeros((1, 4)), np.full((1, 4), 100.0))
    assert score_interval([small, large]) == pytest.approx((0.7, 0.7, 0.7))


def test_anchors_score_exactly_0_and_1():
    lower, upper = rng(1).normal(size=(3, 60)), rng(2).normal(5.0, 1.0, (1, 60))
    assert score_interval([(lower, lower, upper)]) == pytest.approx((0, 0, 0))
    assert score_interval([(upper, lower, upper)]) == pytest.approx((1, 1, 1))


def test_interval_covers_the_truth_about_as_often_as_claimed():
    # Truth: agent - other = 0.3, with noise of the session that both share, and with differing seeds.
    covered = 0
    for trial in range(120):
        draw = rng(trial)
        shared = draw.normal(size=(1, 60))
        agent = shared + 0.3 + draw.normal(0, 0.1, (12, 1)) + draw.normal(0, 0.5, (12, 60))
        interval = paired_interval(agent, shared, resamples=300)
        covered += interval.low <= 0.3 <= interval.high
    assert 0.85 <= covered / 120 <= 1.0


def test_one_session_of_one_seed_has_no_interval():
    interval = paired_interval(np.array([[3.0]]), np.array([[1.0]]))
    assert interval.estimate == 2.0
    assert np.isnan(interval.low)
    assert np.isnan(interval.high)


def test_resampled_means_are_those_of_the_chosen_rows_and_columns():
    returns = rng().normal(size=(3, 5))
    seeds, episodes = rng(1).integers(3, size=(7, 4)), rng(2).integers(5, size=(7, 6))
    expected = [
        [returns[row, chosen].mean() for row in rows] for rows, chosen in zip(seeds, episodes, strict=True)
    ]
    np.testing.assert_allclose(mean_by_seed(returns, seeds, episodes), expected, rtol=1e-12)


def test_intervals_of_several_means_agree_with_one_at_a_time():
    values = rng().normal(size=(2, 4, 50)) + np.array([[[0.0]], [[5.0]]])
    means, low, high = mean_intervals(values, resamples=4000)
    for place, value in enumerate(values):
        single = mean_interval(value, resamples=4000)
        assert means[place] == pytest.approx(single.estimate)
        assert (low[place], high[place]) == pytest.approx((single.low, single.high), abs=0.03)


def test_sessions_without_a_metric_are_left_out():
    values = np.array([[[1.0, np.nan, 3.0], [np.nan, np.nan, 5.0]]])
    means, low, high = mean_intervals(values, resamples=500)
    assert means[0] == 3.0
    assert 1 <= low[0] <= 3 <= high[0] <= 5
    assert np.isnan(mean_intervals(np.ones((1, 1, 1)))[1:]).all()


def test_improvement_of_runs_that_never_change_ranks_has_no_width():
    listeners = rng().normal(size=(1, 40))
    assert improvement_interval([(listeners + 1, listeners)]) == (1, 1, 1)
    apart = [(listeners + 1, listeners), (listeners - 1, listeners)]
    assert improvement_interval(apart) == (0.5, 0.5, 0.5)


def test_band_of_a_profile_agrees_with_theory():
    # Runs of one episode that score 0 or 1: the share above 1/2 is a binomial proportion.
    runs = (np.arange(100) < 30).astype(float)[:, None]
    anchors = np.zeros((1, 1)), np.ones((1, 1))
    share, low, high = profile_band([(runs, *anchors)], np.array([0.5]), resamples=4000)
    half = 1.96 * np.sqrt(0.3 * 0.7 / 100)
    assert share[0] == 0.3
    assert (low[0], high[0]) == pytest.approx((0.3 - half, 0.3 + half), abs=0.02)
