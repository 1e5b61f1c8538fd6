"""Formats numbers and lists for reports, figures and the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable

MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"


def number(value: float, digits: int = 2) -> str:
    """Formats a number with a true minus sign; a dash if it is NaN."""
    if math.isnan(value):
        return DASH
    if math.isinf(value):
        return f"{MINUS if value < 0 else ''}∞"
    text = f"{value:,.{digits}f}"
    # A number that is rounded to zero has no sign.
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", MINUS)


def signed(value: float, digits: int = 2) -> str:
    """Formats a number with its sign, also if it is positive."""
    return number(value, digits) if not value > 0 else f"+{number(value, digits)}"


def format_interval(low: float, high: float, digits: int = 2) -> str:
    """Formats an interval as `[low, high]`; empty if `low` is NaN."""
    return "" if math.isnan(low) else f"[{number(low, digits)}, {number(high, digits)}]"


def per_cent(share: float) -> str:
    """Formats a share as a whole percentage; a dash if it is NaN."""
    return DASH if math.isnan(share) else f"{100 * share:.0f} %"


def duration(seconds: float) -> str:
    """Formats a duration in its two largest units: `1 h 5 min`, `2 min 10 s`, `4 s`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def counted(count: int, noun: str) -> str:
    """Formats a number with a noun, which gets an s unless the number is 1: `1 play`, `2,000 plays`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def join_words(parts: Iterable[str], joint: str = "and") -> str:
    """Joins parts as prose does: `a, b and c`."""
    texts = [part.strip() for part in parts]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {joint} {texts[-1]}" if texts else ""


def quoted(label: str) -> str:
    """Puts a label with a comma in quotation marks, without which a list of labels cannot be read."""
    return f"“{label}”" if "," in label else label


def join_labels(labels: Iterable[str], joint: str = "and") -> str:
    """Joins labels of agents or environments as prose does; see `quoted`."""
    return join_words(map(quoted, labels), joint)
