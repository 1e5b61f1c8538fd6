"""Amounts of time and fractions as tables write them: with decimal commas, units, or as 3:45."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from segue.experiments.logs.counts import Counts
from segue.experiments.logs.readers.values import has_text, to_numbers, to_text
from segue.features.arrays import BoolArray, FloatArray
from segue.features.loaders.number_cells import read_numbers

_UNITS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "min": 60.0, "%": 0.01}
"""Seconds, or the fraction, that a unit behind a number means."""
_WITH_UNIT = re.compile(r"(.*?)\s*(ms|s|sec|min|%)", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):([0-5]?\d(?:[.,]\d+)?)")


def to_amounts(values: pd.Series, name: str, counts: Counts, milliseconds: bool = False) -> pd.Series:
    """Returns amounts in s, or fractions, missing where there is none.

    Args:
        values: Numbers or text, (n,).
        name: Name of the column of plays, for the counts.
        counts: Where it is counted what was converted, and what cannot be read.
        milliseconds: Whether numbers without a unit are milliseconds; separators between thousands must have
            been removed, see `Conventions.ungrouped`.
    """
    if isinstance(values.dtype, np.dtype) and values.dtype.kind == "m":
        return values.dt.total_seconds().astype("float64")
    factor = 0.001 if milliseconds else 1.0
    numbers = to_numbers(values) * factor
    odd = numbers.isna()
    if odd.any() and (odd := odd & has_text(values)).any():
        text = to_text(values)[odd].str.strip().str.lower()
        distinct = pd.Series(text.unique(), dtype=text.dtype)
        amounts, unknown = _read(distinct, factor)
        found = text.map(dict(zip(distinct, amounts, strict=True))).astype("float64")
        numbers[odd] = found
        words = text.isin(distinct[unknown])
        counts.note(f"{name} with commas, units or colons, converted", int(found.notna().sum()))
        counts.note(f"{name} that is not a number, set to unknown", int((found.isna() & ~words).sum()))
    return numbers


def _read(text: pd.Series, factor: float) -> tuple[FloatArray, BoolArray]:
    """Returns the amount of each text, and which are words for unknown."""
    parts = [_WITH_UNIT.fullmatch(word) for word in text]
    bare = pd.Series(
        [part[1] if part else word for part, word in zip(parts, text, strict=True)], dtype=text.dtype
    )
    scale = np.array([_UNITS[part[2]] if part else factor for part in parts], np.float64)
    numbers = read_numbers(bare)
    clocks = np.array([_clock_seconds(word) for word in text])
    return np.where(np.isnan(clocks), numbers.values * scale, clocks), numbers.unknown


def _clock_seconds(text: str) -> float:
    """Returns the seconds of a time such as 3:45 or 1:02:03; NaN for any other text."""
    match = _CLOCK.fullmatch(text)
    if not match:
        return float("nan")
    return int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3].replace(",", "."))
