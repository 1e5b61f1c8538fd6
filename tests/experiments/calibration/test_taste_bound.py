"""The bound on what can be known of a taste: its sampler, and that more plays tell more."""

import numpy as np
import pytest

from segue.experiments.calibration.taste_bound import posterior_mean, taste_bound


def test_the_sampler_finds_the_mean_of_a_known_posterior():
    # Uniform in [−1, 1] before, and a likelihood proportional to exp(a·u): the mean is coth a − 1/a.
    slopes = np.array([[0.0], [2.0], [-2.0], [6.0]]).repeat(25, axis=0)
    found = posterior_mean(lambda tastes: (slopes * tastes).sum(axis=1), slopes.shape, seed=0, sweeps=2_000)
    expected = [0.0, 1 / np.tanh(2) - 0.5, 0.5 - 1 / np.tanh(2), 1 / np.tanh(6) - 1 / 6]
    assert found.reshape(4, 25).mean(axis=1) == pytest.approx(expected, abs=0.02)


def test_more_plays_tell_more_and_a_table_is_gone_on_with(tmp_path):
    out = tmp_path / "bound.csv"
    first = taste_bound(["session"], [60], listeners=12, out=out)
    table = taste_bound(["session"], [60, 240], listeners=12, out=out)
    assert table["plays"].tolist() == [60, 240]
    assert table["bound_tracks"].iloc[0] == pytest.approx(first["bound_tracks"].iloc[0], abs=1e-3)
    few, many = table["bound_tracks"]
    assert few < many < 1
    assert (table["bound_tracks"] > table["filter_tracks"]).all()
