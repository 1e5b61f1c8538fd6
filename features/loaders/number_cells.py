"""Numbers in cells of text: with decimal points or commas, and separators between thousands."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from segue.features.arrays import BoolArray, FloatArray

_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_DECIMAL_COMMA = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)?,[0-9]+(?:[eE][+-]?[0-9]+)?")
_COMMAS_BETWEEN_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_POINTS_BETWEEN_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_MINUS = "[\u2212\u2013]"
_BETWEEN_DIGITS = "[\\s\u00a0\u202f\u2009]+|(?<=[0-9])['\u2019](?=[0-9]{3})"
_UNKNOWN = ("na", "n/a", "nan", "#n/a", "<na>", "none", "null", "unknown", "missing", "-", "?")
"""Words for an unknown number, in lower case."""


@dataclass(frozen=True)
class NumberCells:
    """The numbers in a column of text.

    Attributes:
        values: (n,) numbers, NaN where there is none.
        converted: (n,) where a decimal comma was read or separators between thousands were removed.
        unknown: (n,) where a word means unknown.
        refused: (n,) where the text is not a number.
    """

    values: FloatArray
    converted: BoolArray
    unknown: BoolArray
    refused: BoolArray


def read_numbers(
    cells: pd.Series, low: float | None = None, high: float | None = None, *, whole: bool = False
) -> NumberCells:
    """Reads a column of numbers; empty cells are NaN.

    A comma in `1,234` is a decimal comma, unless another cell of the column has two commas or only 1234 is
    within the range.

    Args:
        cells: Text (n,).
        low: Smallest sensible number; None if unbounded.
        high: Largest sensible number; None if unbounded.
        whole: Whether the numbers are whole, so that three digits after a separator are thousands.
    """
    text = cells.str.replace(_MINUS, "-", regex=True).str.replace(_BETWEEN_DIGITS, "", regex=True)
    plain = text.str.fullmatch(_NUMBER).to_numpy(dtype=np.bool_)
    values: FloatArray = text.where(plain, "nan").to_numpy().astype(np.float64)
    values[np.isinf(values)] = np.nan
    odd = ~plain & text.ne("").to_numpy(dtype=np.bool_)
    read = _read_odd(text[odd].unique(), low, high, whole)
    values[odd] = text[odd].map(read).to_numpy(dtype=np.float64)
    converted = odd & np.isfinite(values)
    if whole and _only_thousands(text[plain]):
        values = np.where(plain, values * 1000, values)
        converted |= plain
    unknown = odd & text.str.lower().isin(_UNKNOWN).to_numpy(dtype=np.bool_)
    refused = np.isnan(values) & text.ne("").to_numpy(dtype=np.bool_) & ~unknown
    return NumberCells(values, converted, unknown, refused)


def _read_odd(words: Iterable[str], low: float | None, high: float | None, whole: bool) -> dict[str, float]:
    """Returns the number that each text with commas or several points stands for, NaN for any other text."""
    decimal = {w: float(w.replace(".", "").replace(",", ".")) for w in words if _DECIMAL_COMMA.fullmatch(w)}
    grouped = {w: float(w.replace(",", "")) for w in words if _COMMAS_BETWEEN_THOUSANDS.fullmatch(w)}
    points = {w: float(w.replace(".", "")) for w in words if _POINTS_BETWEEN_THOUSANDS.fullmatch(w)}
    if decimal.keys() == grouped.keys():
        use_decimal = not whole and (
            _within(decimal.values(), low, high) or not _within(grouped.values(), low, high)
        )
    else:
        use_decimal = bool(decimal.keys() - grouped.keys())
    first, second = (decimal, grouped) if use_decimal else (grouped, decimal)
    unknown = {w: float("nan") for w in words}
    return unknown | points | {w: v for w, v in second.items() if w not in first} | first


def _only_thousands(text: pd.Series) -> bool:
    """Returns whether all numbers with a point, of which there are some, look like `210.000`."""
    pointed = text[text.str.contains(".", regex=False)]
    return len(pointed) > 0 and bool(pointed.str.fullmatch(_POINTS_BETWEEN_THOUSANDS.pattern).all())


def _within(numbers: Iterable[float], low: float | None, high: float | None) -> bool:
    return all((low is None or x >= low) and (high is None or x <= high) for x in numbers)
