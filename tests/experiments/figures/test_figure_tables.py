"""The numbers behind the figures, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from segue.experiments.figures.playlists.diversity import trade_off_table
from segue.experiments.figures.playlists.skip_rate import position_table
from segue.experiments.figures.playlists.sound_by_position import sound_table
from segue.experiments.figures.playlists.utility_terms import utility_table
from segue.experiments.figures.scores.requested_tables import numeric_tables
from segue.experiments.figures.training.learning_curves import training_means, validation_bands


def validation_rows(agent: str, seed: int, returns: dict[int, list[float]]) -> list[dict]:
    return [
        {"environment": "e", "agent": agent, "seed": seed, "steps": steps, "episode": place, "return": value}
        for steps, values in returns.items()
        for place, value in enumerate(values)
    ]


def test_validation_returns_are_compared_session_by_session():
    rows = validation_rows("random", 0, {0: [1.0, 5.0]})
    rows += validation_rows("a", 0, {0: [1.0, 5.0], 100: [3.0, 7.0]})
    rows += validation_rows("a", 1, {0: [1.0, 5.0], 120: [5.0, 9.0], 200: [9.0, 9.0]})
    bands = validation_bands(pd.DataFrame(rows), "random")
    own = bands[bands["agent"] == "a"]
    # The third evaluation is that of one seed alone.
    assert own["steps"].tolist() == [0.0, 110.0]
    assert own["return"].tolist() == [0.0, 3.0]
    # Sessions differ by 4, seeds by 2: only the latter is uncertain. The standard error of a mean of two that
    # differ by 2 is 1, the variance counts twice since failures are rare, and the quantile of t is 12.706.
    assert own["low"].tolist() == pytest.approx([0.0, 3 - 12.706 * 2**0.5], abs=1e-3)
    assert own["high"].tolist() == pytest.approx([0.0, 3 + 12.706 * 2**0.5], abs=1e-3)
    assert set(own["seeds"]) == {2}
    level = bands[bands["agent"] == "random"]
    assert level["return"].tolist() == [0.0]


def test_training_returns_are_averaged_over_seeds_and_weighted_by_sessions():
    about = {"environment": "e", "agent": "a"}
    rows = [
        {**about, "seed": seed, "steps": 100 * k, "episodes": 1 + k, "return_mean": seed + k}
        for seed in (0, 2)
        for k in range(3)
    ]
    means = training_means(pd.DataFrame(rows))
    assert means["steps"].tolist() == [0, 100, 200]
    assert means["return"].tolist() == [1, 2, 3]
    joined = training_means(pd.DataFrame(rows * 20).assign(steps=0))
    # Windows of 2 of 60: (0 * 1 + 1 * 2) / 3, for both seeds.
    assert joined["return"].iloc[0] == pytest.approx(1 + 2 / 3)


def test_skips_are_counted_by_position():
    plays = pd.DataFrame(
        {
            "environment": "e",
            "agent": "a",
            "seed": [0, 0, 0, 0, 0, 1, 1],
            "episode": [0, 0, 0, 1, 1, 0, 1],
            "position": [0, 1, 2, 0, 1, 0, 0],
            "skipped": [False, True, False, True, False, True, True],
        }
    )
    table = position_table(plays, {})
    assert table["sessions"].tolist() == [4, 2, 1]
    assert table["skip_rate"].tolist() == [0.75, 0.5, 0.0]
    assert table["still_running"].tolist() == [1.0, 0.5, 0.25]
    running, skips = (table[[f"{name}_low", name, f"{name}_high"]] for name in ("still_running", "skip_rate"))
    # All four sessions begin, of which a share of 1 is not certain either.
    assert running.iloc[0].tolist() == pytest.approx([0.025**0.25, 1.0, 1.0])
    assert running.iloc[1].is_monotonic_increasing
    assert skips.iloc[0].is_monotonic_increasing
    assert skips["skip_rate_low"].iloc[0] < 0.75 < skips["skip_rate_high"].iloc[0]
    # Only one run reaches the later positions.
    assert skips[["skip_rate_low", "skip_rate_high"]].iloc[1:].isna().all(axis=None)


def test_terms_that_are_always_zero_have_no_panel():
    rows = [
        ("e", "a", "utility_taste", 0.3),
        ("e", "b", "utility_taste", 0.0),
        ("e", "a", "utility_satiation", 0.0),
        ("e", "b", "utility_satiation", 0.0),
        ("f", "a", "utility_satiation", -0.1),
        ("e", "a", "utility_bias", 1.0),
        ("e", "a", "return", 3.0),
    ]
    metrics = pd.DataFrame(rows, columns=["environment", "agent", "metric", "mean"]).assign(low=0.0, high=0.0)
    table = utility_table(metrics)
    assert table[["environment", "agent", "term"]].to_numpy().tolist() == [
        ["e", "a", "taste"],
        ["e", "b", "taste"],
        ["f", "a", "satiation"],
    ]


def test_smoothness_leaves_out_the_artist():
    rows = {"environment": "e", "agent": "a", "seed": [0, 1], "episode": [0, 1], "diversity": [0.2, 0.4]}
    rough = {
        "transition_distance_tempo": [0.1, 0.3],
        "transition_distance_key": [0.3, 0.5],
        "transition_distance_same_artist": [1.0, 1.0],
    }
    table = trade_off_table(pd.DataFrame({**rows, **rough}), {})
    assert table["smoothness"].tolist() == pytest.approx([0.7])
    assert table["diversity"].tolist() == pytest.approx([0.3])
    assert table["diversity_low"].item() < 0.3 < table["diversity_high"].item()


def test_sound_at_a_position_is_a_mean_over_runs():
    plays = pd.DataFrame(
        {
            "environment": "e",
            "agent": "a",
            "seed": [1, 0, 0, 0],
            "episode": [7, 0, 1, 1],
            "position": [0, 0, 0, 1],
            "index": [1, 0, 2, 0],
        }
    )
    tracks = pd.DataFrame({"environment": "e", "index": [0, 1, 2], "energy": [0.2, 0.4, 0.9], "tempo": 120.0})
    table = sound_table(plays, tracks, {})
    assert table["sessions"].tolist() == [3, 1]
    # The runs have 0.55, from two sessions, and 0.4, from one.
    assert table["energy"].tolist() == pytest.approx([0.475, 0.2])
    error = 0.15 / 2 * 2**0.5  # of the mean of two, whose variance counts twice since failures are rare
    assert table["energy_high"].iloc[0] == pytest.approx(0.475 + 12.706 * error, abs=1e-3)
    assert np.isnan(table["energy_low"].iloc[1])


def test_only_tables_with_columns_of_numbers_become_curves():
    columns = {
        "weights": ["0", "0.5", "8"],
        "rooms": ["a", "b", "c"],
        "two": ["1", "2"],
        "steps": ["1_000", "2_000", "9_000"],
    }
    rows = [(title, "a", column, 1.0) for title, names in columns.items() for column in names]
    found = numeric_tables(pd.DataFrame(rows, columns=["title", "row", "column", "mean"]))
    assert found["x"].tolist() == [0.0, 0.5, 8.0, 1000.0, 2000.0, 9000.0]
