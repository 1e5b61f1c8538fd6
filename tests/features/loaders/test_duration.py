"""Durations: the name of the column tells the unit, and unusual ones get a remark."""

import numpy as np
import pandas as pd
import pytest

from segue.features.loaders.duration import read_durations, unit_of
from segue.features.loaders.remarks import Remarks


def read(column, *cells):
    remarks = Remarks(np.arange(2, len(cells) + 2))
    return read_durations(pd.Series(cells, dtype="str"), column, remarks), remarks.sentences


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Duration (ms)", "ms"), ("duration_ms", "ms"), ("durationMs", "ms"), ("length in millis", "ms"),
        ("duration_s", "s"), ("Length (sec)", "s"), ("duration_min", "min"), ("Duration (minutes)", "min"),
        ("duration", None), ("Time", None), ("Length (Duration)", None),
    ],
)  # fmt: skip
def test_the_name_tells_the_unit(name, unit):
    assert unit_of(name) == unit


@pytest.mark.parametrize(
    ("column", "cells", "seconds"),
    [
        ("duration_s", ["6000", "7100"], [6000, 7100]),
        ("Duration (ms)", ["3000", "4100"], [3, 4.1]),
        ("Duration (ms)", ["210,000", "95,500"], [210, 95.5]),
        ("duration_min", ["3.5", "2,25"], [210, 135]),
        ("duration", ["167693", "200000"], [167.693, 200]),
        ("duration", ["178.9", "6000"], [178.9, 6000]),
        ("Length (Duration)", ["201", "1,412"], [201, 1412]),
        ("Duration", ["3:45", "1:02:03", "0:59", "12:00", "3:45.5", "225", " 3:10", "75:30"],
         [225, 3723, 59, 720, 225.5, 225, 190, 4530]),
        ("duration_ms", ["3:45", "200000"], [225, 200]),
        ("Duration", ["3:45", "200000", "240000"], [225, 200, 240]),
        ("Duration", ["3:45", "12000"], [225, 12000]),
    ],
)  # fmt: skip
def test_durations_in_seconds(column, cells, seconds):
    found, _ = read(column, *cells)
    assert found.values.tolist() == pytest.approx(seconds)
    assert not found.refused.any()


@pytest.mark.parametrize("digits", [7, 400, 5000])
def test_a_time_of_endless_digits_is_not_a_number(digits):
    found, _ = read("Duration", "3:45", "9" * digits + ":00", "9" * digits + ":00:00")
    assert found.values[0] == 225
    assert np.isnan(found.values[1:]).all()
    assert found.refused.tolist() == [False, True, True]


def test_unusual_guessed_and_unreadable_durations_are_told():
    assert read("duration_ms", "3000", "200000")[1] == ["duration below 10 s, kept: 1 row (line 2)"]
    assert read("duration_s", "200", "6000")[1] == ["duration above 60 min, kept: 1 row (line 3)"]
    assert "read as milliseconds" in read("duration", "200000")[1][0]
    found, _ = read("Duration", "3:45", "3:77", "PT3M", "")
    assert found.refused.tolist() == [False, True, True, False]
