"""Columns of text, or of what JSON holds, as numbers and truth values."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

_TRUE = frozenset({"true", "1", "1.0", "yes", "t", "y"})
_FALSE = frozenset({"false", "0", "0.0", "no", "f", "n"})


def to_numbers(values: pd.Series) -> pd.Series:
    """Returns numbers, missing where there is none."""
    return pd.to_numeric(values, errors="coerce").astype("float64")


def to_booleans(values: pd.Series, true: Iterable[str] = _TRUE, false: Iterable[str] = _FALSE) -> pd.Series:
    """Returns truth values, missing where there is none.

    Args:
        values: Text, or Python's values.
        true: Lower-case words that mean true.
        false: Lower-case words that mean false.
    """
    # Few values are distinct, so each is looked up once.
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    known = dict.fromkeys(true, True) | dict.fromkeys(false, False)
    table = [known.get(str(value).strip().lower(), pd.NA) for value in distinct]
    return pd.Series(
        pd.array([*table, pd.NA], dtype="boolean").take(codes),
        index=values.index,  # -1, missing, is the last
    )


def has_text(values: pd.Series) -> pd.Series:
    """Returns which cells have text."""
    return values.notna() & (values.astype("string").str.strip() != "").fillna(False)
