"""Filters on columns, against rows chosen by hand, and text that is no filter."""

from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.experiments.playlists.reading.where import matching
from segue.features import Catalog
from segue.features.errors import UserError

MUSIC = Catalog.from_frame(
    pd.DataFrame(
        {
            "title": ["One", "Two", "Three", "Four"],
            "artist": ["Zoë", "Bo", "Cy", "Dee"],
            "genre": ["Deep House", "house; techno", "Jazz", ""],
            "year": [1990.0, 2001.0, np.nan, 2010.0],
            "tempo": [120.0, 128.0, 90.0, 174.0],
            "duration": [200.0, 400.0, 300.0, 100.0],
            "key": [9.0, 0.0, 4.0, np.nan],  # A minor, C major, E minor
            "mode": [0.0, 1.0, 0.0, np.nan],
        }
    ),
    "four",
)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("year >= 2001", [1, 3]),
        ("year != 1990", [1, 3]),
        ("not year = 1990", [1, 2, 3]),
        ("genre ~ house", [0, 1]),
        ("genre = techno", [1]),
        ("genre = deep house", [0]),
        ("artist = zoe", [0]),
        ("bpm in 100..130", [0, 1]),
        ("key in (8A, 9A)", [0, 2]),
        ("key = 8B", [1]),
        ("key = 9", [0]),
        ("length < 5m and length > 2:00", [0]),
        ("year = 1990 or tempo > 170 and genre ~ x", [0]),
        ("(year = 1990 or tempo > 170) and length <= 100 s", [3]),
        ("genre in ('deep house', jazz)", [0, 2]),
    ],
)
def test_a_filter_admits(text, rows):
    assert np.flatnonzero(matching(MUSIC, text)).tolist() == rows


WRONG = (
    *(
        "",
        "year",
        "year >",
        "year >= x",
        "colour = red",
        "(year = 1",
        "year = 1)",
        "genre < house",
        "key = 13A",
    ),
    *(
        "a" * 3000,
        "(" * 100 + "year = 1",
        "year in",
        "year in (",
        "year in (1,,2)",
        "= 3",
        "year = 1 tempo = 3",
    ),
)


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_filter_is_refused_in_a_sentence(text):
    with pytest.raises(UserError, match=r"\.$|\?$"):
        matching(MUSIC, text)


@given(st.text(st.sampled_from("year tmpo=<>!~()'\",.0123 andori"), max_size=40))
def test_any_text_is_a_filter_or_a_mistake(text):
    with suppress(UserError):
        assert matching(MUSIC, text).shape == (4,)
