"""The baselines know the past only, and quality and calibration are those of the plays that are asked for."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from segue.experiments.fitting.goodness.forecasts import baseline_forecasts, calibration, past_of, quality
from segue.experiments.fitting.play_arrays import play_arrays
from segue.experiments.fitting.regressors import no_regressors


def log(seed=0, sessions=60):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        [
            {
                "session": str(s),
                "listener": str(s // 3),
                "position": k,
                "track": "x",
                "skipped": rng.random() < 0.4,
            }
            for s in range(sessions)
            for k in range(rng.integers(1, 15))
        ]
    )
    return play_arrays(table.astype({"skipped": "boolean"}), None)


def test_what_is_known_before_a_play_does_not_depend_on_it_nor_on_later_ones():
    plays = log()
    inputs = past_of(plays, no_regressors(len(plays), {})).table
    for n in (0, 10, 200):
        changed = plays.skipped.copy()
        changed[n:] = 1 - changed[n:]
        other = past_of(dataclasses.replace(plays, skipped=changed), no_regressors(len(plays), {})).table
        assert np.array_equal(inputs[: n + 1], other[: n + 1], equal_nan=True)


def test_skips_before_are_counted_within_sessions_and_listeners():
    rows = [("a", "1", "sks"), ("b", "1", "ks")]
    table = pd.DataFrame(
        [
            {"session": s, "listener": who, "position": k, "track": "x", "skipped": mark == "s"}
            for s, who, row in rows
            for k, mark in enumerate(row)
        ]
    ).astype({"skipped": "boolean"})
    plays = play_arrays(table, None)
    inputs = past_of(plays, no_regressors(len(plays), {}))
    column = {name: inputs.table[:, place] for place, name in enumerate(inputs.names)}
    assert column["skipped 1 before"] == pytest.approx([np.nan, 1, 0, np.nan, 0], nan_ok=True)
    assert column["skips of the session"] == pytest.approx([1 / 2, 2 / 3, 2 / 4, 1 / 2, 1 / 3])
    assert column["skips of the listener"] == pytest.approx([1 / 2, 2 / 3, 2 / 4, 3 / 5, 3 / 6])


def test_the_forecast_after_a_skip_is_the_share_seen_in_training():
    plays = log()
    inputs = past_of(plays, no_regressors(len(plays), {}))
    train = plays.listener < 15
    found = baseline_forecasts(inputs, plays.skipped, train, seed=0)
    after_skip = inputs.table[:, 0] == 1
    assert found["previous skip"][after_skip][0] == pytest.approx(
        plays.skipped[train & after_skip].mean(), abs=0.01
    )
    assert set(found["base rate"]) == {plays.skipped[train].mean()}


def test_quality_of_a_perfect_and_a_useless_forecast():
    skipped = np.array([0, 1, 1, 0, 1, 1, -1])
    table = quality({"perfect": skipped.clip(0) * 1.0, "useless": np.full(7, 0.5)}, skipped, np.arange(7))
    assert list(table["auc"]) == [1.0, 0.5]
    assert table["brier"].to_numpy() == pytest.approx([0, 0.25], abs=1e-6)
    assert list(table["plays"]) == [6, 6]


def test_bins_of_a_calibration_curve_hold_equally_many_plays():
    rng = np.random.default_rng(0)
    p = rng.random(1000)
    curve = calibration({"right": p}, (rng.random(1000) < p).astype(np.int64), np.arange(1000))
    assert list(curve["plays"]) == [100] * 10
    assert np.abs(curve["predicted"] - curve["observed"]).max() < 0.2
