"""Times as logs write them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segue.experiments.logs.readers.values import to_text
from segue.features.arrays import BoolArray

_SLASHES = r"^\s*(\d{1,2})/(\d{1,2})/(?:\d{4}|\d{2})\b"
_DOTS = r"^\d{1,2}\.\d{1,2}\.\d{2,4}\b"
_EPOCH = r"^(?:\d{9,10}|\d{12,13})(?:\.\d*)?$"
_LATEST_SECOND = 1e11
"""Larger numbers since 1970 count milliseconds."""

_FIRST, _LAST = pd.Timestamp("1678-01-01", tz="UTC"), pd.Timestamp("2261-12-31", tz="UTC")


def parse_times(text: pd.Series, day_first: bool | None = None) -> tuple[pd.Series, BoolArray]:
    """Parses times such as `2014-07-27T20:34:47Z`, `2014-07-27 20:34:47 UTC` and `7/8/2013 2:44`.

    Dates with dots, `27.7.2014 20:34`, begin with the day; numbers are seconds or milliseconds since 1970.

    Args:
        text: (n,) times as text.
        day_first: Whether the first number of a date with slashes is the day; see `is_day_first`.

    Returns:
        (n,) times in UTC, missing where the text is no time, and (n,) whether they have no seconds.
    """
    # Methods that Arrow has itself, as logs are long.
    bare = to_text(text).str.strip().str.removesuffix("UTC").str.strip()
    coarse = (bare.str.count(":") == 1).fillna(False).to_numpy(dtype=bool)
    times = in_range(pd.to_datetime(bare, format="ISO8601", utc=True, errors="coerce"))
    for pattern, is_first in (("/", bool(day_first)), (_DOTS, True)):
        other = bare.str.contains(pattern).fillna(False).to_numpy(dtype=bool)
        if other.any():
            parsed = pd.to_datetime(bare[other], format="mixed", dayfirst=is_first, utc=True, errors="coerce")
            times = times.mask(other, in_range(parsed).reindex(times.index))
    numbers = bare.str.contains(_EPOCH).fillna(False).to_numpy(dtype=bool)
    if numbers.any():
        since = bare[numbers].astype("float64")
        parsed = from_epoch(since.where(since < _LATEST_SECOND, since / 1000))
        times = times.mask(numbers, parsed.reindex(times.index))
    return times, coarse


def in_range(times: pd.Series) -> pd.Series:
    """Returns times in nanoseconds; those beyond their range, 1678 to 2261, are moved to its limits."""
    return times.mask(times < _FIRST, _FIRST).mask(times > _LAST, _LAST).astype("datetime64[ns, UTC]")


def is_day_first(text: pd.Series) -> bool | None:
    """Finds out whether dates with slashes begin with the day.

    Returns:
        True or False if a number above 12 shows it; None if none does.
    """
    numbers = to_text(text).str.extract(_SLASHES)
    first, second = (pd.to_numeric(numbers[k], errors="coerce") for k in (0, 1))
    if (first > 12).any():
        return True
    return False if (second > 12).any() else None


def from_epoch(seconds: pd.Series) -> pd.Series:
    """Turns seconds since 1970 into times in UTC; what is out of range is missing."""
    numbers = pd.to_numeric(seconds, errors="coerce").astype("float64")
    numbers = numbers.where(numbers.abs() < 9e9)  # the range of nanoseconds ends in 2262
    whole = np.where(numbers.isna(), 0, np.round(numbers * 1e3)).astype("int64")
    times = pd.Series(pd.to_datetime(whole, unit="ms", utc=True), index=seconds.index)
    return times.astype("datetime64[ns, UTC]").mask(numbers.isna())
