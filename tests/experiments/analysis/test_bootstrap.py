"""Bootstrap intervals of listeners that were drawn independently."""

import numpy as np
import pytest

from segue.experiments.analysis.bootstrap import mean_interval, resampled_interval


def test_the_interval_of_a_mean_is_that_of_its_standard_error():
    values = np.random.default_rng(0).normal(5.0, 2.0, 400)
    found = mean_interval(values, resamples=4000)
    half = 1.96 * values.std() / 20
    assert found.estimate == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03)


def test_groups_are_resampled_independently():
    first, second = np.array([0.0, 1.0] * 50), np.array([0.0, 1.0] * 200)
    found = resampled_interval(
        lambda rows, others: first[rows].mean(axis=-1) - second[others].mean(axis=-1),
        [100, 400],
        resamples=4000,
    )
    half = 1.96 * np.sqrt(0.25 / 100 + 0.25 / 400)
    assert found.estimate == 0
    assert (found.low, found.high) == pytest.approx((-half, half), abs=0.012)


def test_a_group_of_one_has_no_interval():
    found = resampled_interval(lambda rows: np.array([7.0])[rows].mean(axis=-1), [1])
    assert found.estimate == 7
    assert np.isnan([found.low, found.high]).all()
