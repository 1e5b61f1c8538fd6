"""The quantile scaler."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segue.features.catalog.scaler import MAX_KNOTS, QuantileScaler

columns = arrays(np.float64, st.integers(2, 60), elements=st.floats(-1e4, 1e4).map(lambda x: round(x, 3)))


@given(columns)
def test_inverse_undoes_transform(column):
    scaler = QuantileScaler.fit(column[:, None], ["x"])
    back = scaler.inverse(scaler.transform(column[:, None]))[:, 0]
    span = max(float(np.ptp(column)), 1.0)
    steepest = np.max(np.diff(scaler.knots[0]) / np.diff(scaler.levels[0]))
    np.testing.assert_allclose(back, column, atol=1e-6 * max(span, steepest))


@given(columns)
def test_scaled_values_keep_the_order_and_fill_the_unit_interval(column):
    scaler = QuantileScaler.fit(column[:, None], ["x"])
    scaled = scaler.transform(np.sort(column)[:, None])[:, 0]
    assert np.all(np.diff(scaled) >= 0)
    if np.ptp(column) > 0:
        assert scaled[0] == 0.0
        assert scaled[-1] == 1.0
    else:
        assert np.all(scaled == 0.5)
    assert len(scaler.knots[0]) <= MAX_KNOTS


def test_a_large_sample_becomes_percentiles():
    values = np.random.default_rng(0).lognormal(size=(5000, 1))
    scaled = QuantileScaler.fit(values, ["x"]).transform(values)[:, 0]
    ranks = values[:, 0].argsort().argsort() / 5000
    assert np.abs(scaled - ranks).max() < 0.03


def test_missing_values_become_one_half_and_others_are_clipped():
    scaler = QuantileScaler.fit([[0.0], [10.0]], ["x"])
    np.testing.assert_array_equal(scaler.transform([[np.nan], [-5.0], [15.0]])[:, 0], [0.5, 0.0, 1.0])


def test_a_two_valued_feature_stays_zero_and_one():
    scaler = QuantileScaler.fit(np.array([0, 0, 0, 1, 1], dtype=float)[:, None], ["mode"])
    np.testing.assert_array_equal(scaler.transform([[0.0], [1.0]])[:, 0], [0, 1])


def test_a_stored_scaler_is_the_same_map():
    scaler = QuantileScaler.fit(np.random.default_rng(1).normal(size=(50, 2)), ["a", "b"])
    again = QuantileScaler.from_dict(scaler.as_dict())
    x = np.random.default_rng(2).normal(size=(9, 2))
    np.testing.assert_array_equal(again.transform(x), scaler.transform(x))
