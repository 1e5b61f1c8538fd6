"""Intervals over runs, against textbook numbers and planted truths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.experiments.analysis.statistics.intervals import (
    iqm_interval,
    mean_over_runs,
    overlap,
    session_share_interval,
    share_interval,
)
from segue.experiments.analysis.statistics.runs import Runs


def runs_with(means, share=1.0):
    """Runs whose sessions all have the value of the run."""
    return Runs(np.arange(len(means)), np.repeat(np.array(means, float)[:, None], 4, axis=1), share)


def test_the_mean_has_the_interval_of_student_with_twice_the_variance():
    # Mean 3, standard deviation sqrt(2.5), t of 4 degrees of freedom 2.7764.
    found = mean_over_runs([runs_with([1, 2, 3, 4, 5])])
    half = 2.7764 * np.sqrt(2 * 2.5 / 5)
    assert found == pytest.approx((3, 3 - half, 3 + half), abs=1e-3)


def test_the_interquartile_mean_has_the_interval_of_yuen():
    # One run is left out at each end; winsorised: 2, 2, 3, 7, 7, whose squares sum to 26.8 around 4.2.
    found = iqm_interval([runs_with([0, 2, 3, 7, 90])])
    half = 4.3027 * np.sqrt(26.8 / (3 * 2))
    assert found == pytest.approx((4, 4 - half, 4 + half), abs=1e-3)


def test_with_three_runs_it_is_the_mean():
    found = iqm_interval([runs_with([0, 3, 9])])
    half = 4.3027 * np.sqrt(2 * 21 / 3)
    assert found == pytest.approx((4, 4 - half, 4 + half), abs=1e-3)


def test_one_run_has_no_interval():
    found = mean_over_runs([runs_with([5])])
    assert found.estimate == 5
    assert np.isnan([found.low, found.high]).all()
    assert np.isnan(share_interval(np.ones(1)).low)


def test_shared_tracks_widen_the_interval():
    # Sessions do not vary, so that all variance between runs is taken for that of the tracks.
    means, n, share = [1, 2, 3, 4, 5], 5, 0.3
    apart, shared = (mean_over_runs([runs_with(means, each)]) for each in (1.0, share))
    factor = 1 + n * overlap(share)
    assert factor == pytest.approx(1 + 5 * 3 / 7)
    assert (shared.high - shared.low) / (apart.high - apart.low) == pytest.approx(np.sqrt(factor / 2))


def test_environments_have_equal_weight_whatever_their_scale():
    found = iqm_interval([runs_with([0, 0, 0, 0, 100]), runs_with([1, 1, 1, 1, 1])])
    assert found.estimate == 0.5  # the interquartile mean over all ten values would be 2/3


def test_what_environments_share_is_averaged_before_runs_are_compared():
    rng = np.random.default_rng(1)
    split = rng.normal(size=8)
    alike = mean_over_runs([runs_with(split), runs_with(split)])
    opposed = mean_over_runs([runs_with(split), runs_with(-split)])
    alone = mean_over_runs([runs_with(split)])
    assert alike == pytest.approx(alone)
    assert opposed.high - opposed.low == pytest.approx(0, abs=1e-9)


def test_sessions_without_a_value_do_not_count():
    values = np.array([[1.0, np.nan], [3.0, 3.0], [np.nan, np.nan]])
    assert mean_over_runs([Runs(np.arange(3), values)]).estimate == 2


def test_a_share_has_the_exact_interval_and_never_zero_width():
    # Ten of ten: the lower end solves p^10 = 0.025.
    assert share_interval(np.ones(10)) == pytest.approx((1, 0.025**0.1, 1))
    assert share_interval(np.zeros(3)) == pytest.approx((0, 0, 1 - 0.025 ** (1 / 3)))


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=2, max_size=12))
def test_a_share_and_its_complement_have_mirrored_intervals(shares):
    found, back = share_interval(np.array(shares)), share_interval(1 - np.array(shares))
    assert found.low < found.high
    assert (back.estimate, back.low, back.high) == pytest.approx(
        (1 - found.estimate, 1 - found.high, 1 - found.low)
    )


def test_a_share_of_all_sessions_has_an_interval_too():
    won = Runs(np.arange(5), np.ones((5, 20)))
    found = session_share_interval([won])
    assert found == pytest.approx((1, 0.025 ** (1 / 100), 1))


@pytest.mark.parametrize("count", [3, 5, 10])
def test_the_interval_covers_the_mean_of_catalogues_like_this_one(count):
    """Tracks are drawn for a catalogue, and each run plays with a share of them."""
    rng, tracks, share, inside = np.random.default_rng(2), 200, 0.3, 0
    for _ in range(400):
        catalogue = rng.normal(0.0, 1.0, tracks)
        means = [rng.choice(catalogue, int(share * tracks), replace=False).mean() for _ in range(count)]
        sessions = np.array(means)[:, None] + 0.5 * rng.standard_normal((count, 30))
        found = mean_over_runs([Runs(np.arange(count), sessions, share)])
        inside += found.low <= 0 <= found.high
    assert inside >= 0.92 * 400
