"""Columns of text, or of what JSON holds, as text, numbers and truth values; anything else is missing."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from segue.experiments.logs.columns import TEXT

_TRUE = frozenset({"true", "1", "1.0", "yes", "t", "y"})
_FALSE = frozenset({"false", "0", "0.0", "no", "f", "n"})
_LARGEST = 2**62
"""Larger whole numbers mean nothing here, and Python's may be too large for a float."""


def to_text(values: pd.Series) -> pd.Series:
    """Returns text, missing where there is none."""
    if values.dtype != object:
        return values.astype(TEXT)
    only = [value if isinstance(value, str) else None for value in values]
    try:
        return pd.Series(only, index=values.index, dtype=TEXT)
    except UnicodeEncodeError:  # JSON can hold halves of characters
        whole = [None if text is None else text.encode("utf-8", "replace").decode() for text in only]
        return pd.Series(whole, index=values.index, dtype=TEXT)


def to_names(values: pd.Series) -> pd.Series:
    """Returns identifiers as text; whole numbers that a missing one has made floating have no `.0`."""
    if values.dtype.kind == "f":
        numbers = values.astype("float64")
        if (numbers.isna() | ((numbers % 1 == 0) & (numbers.abs() < _LARGEST))).all():
            return numbers.astype("Int64").astype(TEXT)
    return values.astype(TEXT)


def to_numbers(values: pd.Series) -> pd.Series:
    """Returns numbers, missing where there is none."""
    if values.dtype == object:
        values = pd.Series([_number(value) for value in values], index=values.index, dtype=object)
    return pd.to_numeric(values, errors="coerce").astype("float64")


def to_places(values: pd.Series) -> pd.Series:
    """Returns whole numbers, missing where there is none."""
    numbers = to_numbers(values)
    return numbers.where(numbers.abs() < 2**53).round().astype("Int64")


def to_booleans(values: pd.Series, true: Iterable[str] = _TRUE, false: Iterable[str] = _FALSE) -> pd.Series:
    """Returns truth values, missing where there is none.

    Args:
        values: Text, or Python's values.
        true: Lower-case words that mean true.
        false: Lower-case words that mean false.
    """
    if values.dtype == object:
        only = [value if isinstance(value, str | bool | int | float) else None for value in values]
        values = pd.Series(only, index=values.index, dtype=object)
    # Few values are distinct, so each is looked up once.
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    known = dict.fromkeys(true, True) | dict.fromkeys(false, False)
    table = [known.get(str(value).strip().lower(), pd.NA) for value in distinct]
    # A missing value has the code -1, that of the last entry.
    return pd.Series(pd.array([*table, pd.NA], dtype="boolean").take(codes), index=values.index)


def has_text(values: pd.Series) -> pd.Series:
    """Returns which cells have text."""
    return (to_text(values).str.strip() != "").fillna(False)


def _number(value: object) -> object:
    """Returns a number, or text that may be one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return None if isinstance(value, int) and abs(value) > _LARGEST else value
