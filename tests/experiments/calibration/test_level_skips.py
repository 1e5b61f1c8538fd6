"""Biases with which random play is skipped equally often."""

import numpy as np
import pytest

from segue.experiments.calibration.level_skips import level_bias, level_table, listener, random_play
from segue.features.errors import UserError


def logistic(bias):
    return 1 / (1 + np.exp(bias))


def test_the_bias_of_a_known_skip_rate_is_found():
    assert level_bias(logistic, 0.25) == pytest.approx(np.log(3), abs=0.01)


def test_a_skip_rate_that_no_bias_has_is_refused():
    with pytest.raises(UserError, match=r"skip rate of 0\.001; choose another one"):
        level_bias(logistic, 0.001)


def test_random_play_is_skipped_as_often_as_with_the_preset():
    (row,) = level_table([1.2], splits=1, sessions=60).to_dict("records")
    wanted, _ = random_play("full", 1, 60)
    unchanged, _ = random_play(listener(1.2, 0.7), 1, 60)
    assert row["skip_rate"] == pytest.approx(wanted, abs=0.02)
    assert abs(unchanged - wanted) > 0.05
