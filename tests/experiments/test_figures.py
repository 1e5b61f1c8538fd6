"""The numbers behind the figures, and what all figures share."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.experiments.config import StudyConfig
from segue.experiments.figures.labels import spread
from segue.experiments.figures.learning_curves import curve_bands
from segue.experiments.figures.skip_rate import position_table
from segue.experiments.figures.style import looks


def test_labels_that_would_touch_are_moved_apart_about_their_middle():
    np.testing.assert_allclose(spread(np.array([0.5, 0.5, 0.9]), 0.1), [0.45, 0.55, 0.9])
    np.testing.assert_allclose(spread(np.array([0.9, 0.1]), 0.1), [0.9, 0.1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_labels_keep_their_order_and_their_distance(heights):
    placed = spread(np.array(heights), 0.06)
    order = np.argsort(heights, kind="stable")
    assert (np.diff(placed[order]) > 0.06 - 1e-9).all()
    assert placed.mean() == pytest.approx(np.mean(heights), abs=1e-9)


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
    assert table["still_going"].tolist() == [1.0, 0.5, 0.25]


def test_every_agent_has_a_look_of_its_own():
    names = ["random", *(f"agent {k}" for k in range(9)), "oracle"]
    study = StudyConfig.model_validate(
        {
            "name": "many",
            "environments": [{"id": "segue/Playlist-v0"}],
            "agents": [{"name": name} for name in names],
            "evaluation": {"upper": "oracle"},
        }
    )
    table = looks(study)
    assert list(table) == names
    assert len({(look.colour, look.dash) for look in table.values()}) == len(names)
