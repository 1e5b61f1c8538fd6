"""The numbers behind the figures, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from segue.experiments.figures.playlists.diversity import trade_off_table
from segue.experiments.figures.playlists.skip_rate import position_table
from segue.experiments.figures.playlists.sound_by_position import sound_table
from segue.experiments.figures.scores.requested_tables import numeric_tables
from segue.experiments.figures.training.learning_curves import curve_bands
from segue.experiments.figures.training.wall_time import time_table


def test_curves_are_averaged_over_seeds():
    rows = [
        {"environment": "e", "agent": "a", "seed": seed, "steps": 100 * (k + 1), "return_mean": seed + k}
        for seed in (0, 2)
        for k in range(3)
    ]
    bands = curve_bands(pd.DataFrame(rows))
    assert bands["steps"].tolist() == [100, 200, 300]
    assert bands["return"].tolist() == [1, 2, 3]
    assert bands["low"].tolist() == [0, 1, 2]
    assert bands["high"].tolist() == [2, 3, 4]
    assert set(bands["seeds"]) == {2}


def test_skips_are_counted_by_position():
    plays = pd.DataFrame(
        {
            "environment": "e",
            "agent": "a",
            "position": [0, 1, 2, 0, 1, 0, 0],
            "skipped": [False, True, False, True, False, True, True],
        }
    )
    table = position_table(plays)
    assert table["sessions"].tolist() == [4, 2, 1]
    assert table["skip_rate"].tolist() == [0.75, 0.5, 0.0]
    assert table["still_running"].tolist() == [1.0, 0.5, 0.25]


def test_evaluation_time_is_per_track():
    keys = {"environment": "e", "agent": ["a", "b"], "seed": 0}
    runs = pd.DataFrame({**keys, "learned": [True, False], "steps": [9, 0], "train_seconds": [3.0, 0.0]})
    runs["evaluate_seconds"] = [2.0, 1.0]
    episodes = pd.DataFrame({"environment": "e", "agent": ["a", "a", "b"], "seed": 0, "length": [5, 15, 4]})
    table = time_table(episodes, runs).set_index("agent")
    assert table["milliseconds_per_track"].to_dict() == {"a": 100.0, "b": 250.0}


def test_smoothness_leaves_out_the_artist():
    rows = {"environment": "e", "agent": "a", "seed": 0, "episode": [0, 1], "diversity": [0.2, 0.4]}
    rough = {
        "transition_distance_tempo": [0.1, 0.3],
        "transition_distance_key": [0.3, 0.5],
        "transition_distance_same_artist": [1.0, 1.0],
    }
    table = trade_off_table(pd.DataFrame({**rows, **rough}), 100)
    assert table["smoothness"].tolist() == pytest.approx([0.7])
    assert table["diversity"].tolist() == pytest.approx([0.3])
    assert table["diversity_low"].item() < 0.3 < table["diversity_high"].item()


def test_sound_at_a_position_is_a_mean_over_sessions_not_over_runs():
    plays = pd.DataFrame(
        {
            "environment": "e",
            "agent": "a",
            "seed": [0, 1, 0, 0],
            "episode": [0, 0, 1, 1],
            "position": [0, 0, 0, 1],
            "index": [0, 1, 2, 0],
        }
    )
    tracks = pd.DataFrame({"environment": "e", "index": [0, 1, 2], "energy": [0.2, 0.4, 0.9], "tempo": 120.0})
    table = sound_table(plays, tracks)
    assert table["sessions"].tolist() == [2, 1]
    assert table["energy"].tolist() == pytest.approx([0.6, 0.2])
    spread = 1.96 * np.std([0.3, 0.9], ddof=1) / np.sqrt(2)
    assert table["energy_high"].iloc[0] == pytest.approx(0.6 + spread)
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
