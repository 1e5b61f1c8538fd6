"""Times and gaps as people write them."""

from __future__ import annotations

import math
import re
from typing import Any

from segue.features.errors import UserError, excerpt

_UNITS = {"h": 3600.0, "m": 60.0, "min": 60.0, "s": 1.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(h|min|m|s)", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d{1,2})")
LONGEST = 30 * 24 * 3600.0
"""Longest time in s."""


def seconds(value: Any, what: str) -> float:
    """Reads a time: `90m`, `1h30m`, `1:30:00`, `45 s`, or a number of seconds.

    Args:
        value: Text or a number.
        what: What it is, for messages, such as `"--duration"`.

    Raises:
        UserError: It is not a time, or not from 0 to 30 days.
    """
    found = _number(value) if not isinstance(value, str) else _seconds_of(value.strip().lower())
    if found is None or not math.isfinite(found) or not 0 <= found <= LONGEST:
        raise UserError(
            f"{what} {excerpt(value)!r} is not a time; write it as 90m, 1h30m, 1:30:00 or a number of "
            f"seconds."
        )
    return found


def _seconds_of(text: str) -> float | None:
    if match := _CLOCK.fullmatch(text):
        hours, minutes, rest = (int(part or 0) for part in match.groups())
        return 3600.0 * hours + 60.0 * minutes + rest
    if re.fullmatch(rf"(?:{_PART.pattern}\s*)+", text):
        return sum(float(size) * _UNITS[unit] for size, unit in _PART.findall(text))
    return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text) else None


def gap(value: Any, what: str) -> tuple[int, float]:
    """Reads a gap: a number of tracks, or a time such as `20m`.

    Returns:
        Tracks and seconds, one of which is 0.

    Raises:
        UserError: It is neither.
    """
    number = value if isinstance(value, int) and not isinstance(value, bool) else None
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,9}\s*", value):
        number = int(value)
    if number is not None and 0 <= number <= 100_000:
        return number, 0.0
    if isinstance(value, str) and re.search(r"[a-z:]", value.lower()):
        try:
            return 0, seconds(value, what)
        except UserError:
            pass
    raise UserError(
        f"{what} {excerpt(value)!r} is neither a number of tracks, such as 3, nor a time, such as 20m."
    )


def number_between(value: Any, low: float, high: float, what: str) -> float:
    """Returns a finite number within bounds.

    Raises:
        UserError: It is not a number, or beyond them.
    """
    found = _number(value)
    if found is None or not low <= found <= high:
        raise UserError(f"{what} must be a number from {low:g} to {high:g}, but is {excerpt(value)!r}.")
    return found


def whole_between(value: Any, low: int, high: int, what: str) -> int:
    """Returns a whole number within bounds.

    Raises:
        UserError: It is not a whole number, or beyond them.
    """
    found = _number(value)
    if found is None or found != int(found) or not low <= found <= high:
        raise UserError(f"{what} must be a whole number from {low} to {high}, but is {excerpt(value)!r}.")
    return int(found)


def _number(value: Any) -> float | None:
    """Returns a number or text that is one as a float; None for anything else, infinite ones too."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
