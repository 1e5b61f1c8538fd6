"""Times as logs write them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from segue.experiments.logs.readers.values import to_text
from segue.features.arrays import BoolArray

_DAY_AND_MONTH = r"^\s*(\d{1,2})([/.])(\d{1,2})[/.](\d{4}|\d{2})((?:\D.*)?)$"
"""A date that begins with the day or the month, and what follows."""
_EPOCH = r"^(?:\d{9,10}|\d{12,13})(?:\.\d*)?$"
_LATEST_SECOND = 1e11
"""Larger numbers since 1970 count milliseconds."""
_PIVOT = 70
"""Years of two digits from which on they are those of the last century."""

_FIRST, _LAST = pd.Timestamp("1678-01-01", tz="UTC"), pd.Timestamp("2261-12-31", tz="UTC")

CONTRADICTING = "plays whose day and month contradict the other dates"
"""The reason for which rows are left out where `Times.contradicting` is true."""
UNKNOWN_DATES = "dates whose day and month contradict the others, set to unknown"
"""What is done instead where the log knows the session, so that a play without a time is kept."""


class Times(NamedTuple):
    """The times in a column.

    Attributes:
        times: (n,) times in UTC, missing where the text is not a time.
        coarse: (n,) whether they have no seconds.
        contradicting: (n,) whether a date can only be read in the other order of day and month.
    """

    times: pd.Series
    coarse: BoolArray
    contradicting: BoolArray


class DateOrders(NamedTuple):
    """How many dates with slashes show which order.

    Attributes:
        day_first: Dates such as `13/8/2013`.
        month_first: Dates such as `8/13/2013`.
        ambiguous: Dates such as `7/8/2013`, which can be read in both ways.
    """

    day_first: int = 0
    month_first: int = 0
    ambiguous: int = 0

    def plus(self, other: DateOrders) -> DateOrders:
        """Returns the sum of two counts."""
        return DateOrders(*map(sum, zip(self, other, strict=True)))


def parse_times(text: pd.Series, day_first: bool = False) -> Times:
    """Parses times such as `2014-07-27T20:34:47Z`, `2014-07-27 20:34:47 UTC` and `7/8/2013 2:44`.

    Dates with dots, `27.7.2014 20:34`, begin with the day; numbers are seconds or milliseconds since 1970.

    Args:
        text: (n,) times as text.
        day_first: Whether the first number of a date with slashes is the day; see `date_orders`.
    """
    # Methods that Arrow has itself, as logs are long.
    bare = to_text(text).str.strip().str.removesuffix("UTC").str.strip()
    coarse = (bare.str.count(":") == 1).fillna(False).to_numpy(dtype=bool)
    contradicting = np.zeros(len(bare), dtype=bool)
    times = in_range(pd.to_datetime(bare, format="ISO8601", utc=True, errors="coerce"))
    other = bare.str.contains("^[0-9]{1,2}[/.]").fillna(False).to_numpy(dtype=bool)
    if other.any():
        iso, contradicting[other] = _year_first(bare[other], day_first)
        parsed = in_range(pd.to_datetime(iso, format="mixed", utc=True, errors="coerce"))
        times = times.mask(other, parsed.reindex(times.index))
    numbers = bare.str.contains(_EPOCH).fillna(False).to_numpy(dtype=bool)
    if numbers.any():
        since = bare[numbers].astype("float64")
        parsed = from_epoch(since.where(since < _LATEST_SECOND, since / 1000))
        times = times.mask(numbers, parsed.reindex(times.index))
    return Times(times, coarse, contradicting)


def _year_first(text: pd.Series, day_first: bool) -> tuple[pd.Series, BoolArray]:
    """Writes dates that begin with the day or the month as `2013-08-07`.

    Returns:
        (n,) text, missing where the date cannot be, and (n,) whether it could be in the other order.
    """
    parts = text.str.extract(_DAY_AND_MONTH)
    first, second, year = (pd.to_numeric(parts[k]) for k in (0, 2, 3))
    begins_with_day = (parts[1] == ".").fillna(False) | day_first
    day, month = first.where(begins_with_day, second), second.where(begins_with_day, first)
    century = ((parts[3].str.len() == 2) * (1900 + 100 * (year < _PIVOT))).fillna(0)
    date = [(year + century), month, day]
    words = [
        number.astype("Int64").astype("string").str.zfill(width)
        for number, width in zip(date, (4, 2, 2), strict=True)
    ]
    iso = words[0] + "-" + words[1] + "-" + words[2] + parts[4].astype("string")
    swapped = ((month > 12) & (day <= 12)).fillna(False)
    return iso.where(month <= 12), swapped.to_numpy(dtype=bool)


def in_range(times: pd.Series) -> pd.Series:
    """Returns times in nanoseconds; those beyond their range, 1678 to 2261, are moved to its limits."""
    return times.mask(times < _FIRST, _FIRST).mask(times > _LAST, _LAST).astype("datetime64[ns, UTC]")


def date_orders(text: pd.Series) -> DateOrders:
    """Counts which order of day and month the dates with slashes show, by numbers above 12."""
    slashes = text.str.contains("/", regex=False).fillna(False)
    if not slashes.any():
        return DateOrders()
    parts = text[slashes].str.extract(_DAY_AND_MONTH)
    first, second = (pd.to_numeric(parts[k]).where(parts[1] == "/") for k in (0, 2))
    small = (first <= 12) & (second <= 12)
    return DateOrders(
        int(((first > 12) & (second <= 12)).sum()),
        int(((first <= 12) & (second > 12)).sum()),
        int((small & (first != second)).sum()),
    )


def from_epoch(seconds: pd.Series) -> pd.Series:
    """Turns seconds since 1970 into times in UTC; what is out of range is missing."""
    numbers = pd.to_numeric(seconds, errors="coerce").astype("float64")
    numbers = numbers.where(numbers.abs() < 9e9)  # the range of nanoseconds ends in 2262
    whole = np.where(numbers.isna(), 0, np.round(numbers * 1e3)).astype("int64")
    times = pd.Series(pd.to_datetime(whole, unit="ms", utc=True), index=seconds.index)
    return times.astype("datetime64[ns, UTC]").mask(numbers.isna())
