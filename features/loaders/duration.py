"""Durations in cells of text; the name of the column states the unit."""

import re
from typing import Literal

import numpy as np
import pandas as pd

from segue.features.loaders.number_cells import NumberCells, read_numbers
from segue.features.loaders.remarks import Remarks
from segue.features.loaders.synonyms import normalise_name

Unit = Literal["ms", "s", "min"]

_CLOCK = re.compile(r"(?:([0-9]{1,4}):([0-5]?[0-9])|([0-9]{1,6})):([0-5]?[0-9](?:[.,][0-9]+)?)")
"""`h:mm:ss` or `m:ss`, with a fraction of a second or without; longer numbers are not the time of a track."""

_NAMED_UNITS: tuple[tuple[Unit, re.Pattern[str]], ...] = (
    ("ms", re.compile(r"(?:^|_|duration|length|time)(?:ms|msecs?|millis|milliseconds?|miliseconds?)(?:_|$)")),
    ("s", re.compile(r"(?:^|_|duration|length|time)(?:s|secs?|seconds?)(?:_|$)")),
    ("min", re.compile(r"(?:^|_|duration|length|time)(?:mins?|minutes?)(?:_|$)")),
)
_PER_SECOND = {"ms": 1000.0, "s": 1.0, "min": 1 / 60}
_MILLISECONDS_FROM = 10_000.0
"""Median from which numbers without a unit are milliseconds: 10 s, while nearly 3 h of seconds are rare."""

_SHORTEST, _LONGEST = 10.0, 3600.0  # s


def unit_of(column: str) -> Unit | None:
    """Returns the unit in a column's name, such as `Duration (ms)` or `length_s`; None if it has none."""
    name = normalise_name(column)
    return next((unit for unit, pattern in _NAMED_UNITS if pattern.search(name)), None)


def read_durations(cells: pd.Series, column: str, remarks: Remarks) -> NumberCells:
    """Reads durations as numbers in the column's unit, or as `m:ss` and `h:mm:ss`.

    Args:
        cells: Text (n,).
        column: Name of the column in its file.
        remarks: Receives a sentence about a guessed unit and about unusual durations.

    Returns:
        Durations in s.
    """
    text = cells.str.strip()
    clock = text.str.fullmatch(_CLOCK.pattern).to_numpy(dtype=np.bool_)
    unit = unit_of(column)
    per_second = _PER_SECOND[unit or "s"]
    shortest, longest = _SHORTEST * per_second, 10 * _LONGEST * per_second
    numbers = read_numbers(text.where(~clock, ""), shortest, longest, whole=unit == "ms")
    known = numbers.values[np.isfinite(numbers.values)]
    if unit is None:
        # Plain numbers beside times such as 3:45 are seconds, unless they would be many hours.
        unit = "s"
        lowest = 10 * _LONGEST if clock.any() else _MILLISECONDS_FROM
        if len(known) and np.median(known) >= lowest:
            unit = "ms"
            remarks.add(f"duration: {column!r} names no unit, read as milliseconds because of its values")
    seconds = np.where(clock, text.map(_clock_seconds), numbers.values / _PER_SECOND[unit])
    remarks.add(f"duration below {_SHORTEST:.0f} s, kept", (seconds < _SHORTEST) & (seconds >= 0))
    remarks.add(f"duration above {_LONGEST / 60:.0f} min, kept", seconds > _LONGEST)
    return NumberCells(seconds, numbers.converted, numbers.unknown, numbers.refused)


def _clock_seconds(text: str) -> float:
    """Returns the seconds of a time such as 3:45; NaN for any other text."""
    match = _CLOCK.fullmatch(text)
    if not match:
        return float("nan")
    minutes = int(match[3]) if match[3] else int(match[1]) * 60 + int(match[2])
    return minutes * 60 + float(match[4].replace(",", "."))
