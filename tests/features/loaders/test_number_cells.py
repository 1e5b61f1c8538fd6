"""Numbers in cells: decimal commas, thousands, words for unknown, and what is not a number."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.features.loaders.number_cells import read_numbers


def read(*cells, **options):
    return read_numbers(pd.Series(cells, dtype="str"), **options)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0,75", 0.75), ("-7,89", -7.89), ("-,89", -0.89), ("-.89", -0.89), ("1.234,5", 1234.5),
        ("1,234.5", 1234.5), ("1,234,567", 1234567), ("1.234.567", 1234567), ("5.", 5), ("+3", 3),
        ("1e-3", 0.001), (" 7 ", 7), ("\u22127.5", -7.5), ("1\u00a0234,5", 1234.5),
        ("\u20137,5", -7.5), ("210'000", 210000), ("1\u2019234.5", 1234.5),
    ],
)  # fmt: skip
def test_notations(text, number):
    found = read(text)
    assert found.values.tolist() == [number]
    assert not found.refused.any()


@pytest.mark.parametrize(
    "text", ["abc", "inf", "1e999", "1_000", "0x10", "\uff18", "1,2,3", "12 bpm", "1,23,456", "12'34", "7'"]
)
def test_what_is_not_a_number_is_refused(text):
    found = read(text, "1")
    assert np.isnan(found.values[0])
    assert found.refused.tolist() == [True, False]


def test_words_for_unknown_and_empty_cells():
    found = read("NA", "nan", "None", "", " ", "-")
    assert np.isnan(found.values).all()
    assert found.unknown.tolist() == [True, True, True, False, False, True]
    assert not found.refused.any()


@pytest.mark.parametrize(
    ("cells", "options", "numbers"),
    [
        (("120,000",), {"low": 40, "high": 220}, [120]),  # a tempo
        (("1,979",), {"low": 1000, "high": 2100}, [1979]),  # a year
        (("210,000", "95,500"), {"whole": True}, [210000, 95500]),  # ms
        (("210.000", "95.500", "800"), {"whole": True}, [210000, 95500, 800000]),
        (("210.5", "95.500"), {"whole": True}, [210.5, 95.5]),
        (("1,234", "1,234,567"), {}, [1234, 1234567]),
        (("1,234", "0,5"), {}, [1.234, 0.5]),
    ],
)
def test_a_separator_before_three_digits_is_read_as_the_column_tells(cells, options, numbers):
    assert read(*cells, **options).values.tolist() == numbers


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 4)), min_size=1, max_size=8))
def test_a_decimal_comma_reads_as_the_point(numbers):
    points = [f"{x:.4f}" for x in numbers]
    assert read(*points).values.tolist() == numbers
    assert read(*(text.replace(".", ",") for text in points)).values.tolist() == numbers


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_a_finite_number_or_unknown(text):
    value = read(text).values[0]
    assert math.isnan(value) or math.isfinite(value)
