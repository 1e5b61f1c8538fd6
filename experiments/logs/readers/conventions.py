"""How the tables of one source write dates and milliseconds, found out once from all of their cells.

Read row by row, `7/8/2013` and `13/8/2013` would be in July and in August, and 180.000 ms 0.18 s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from segue.experiments.logs.counts import Counts
from segue.experiments.logs.readers.times import DateOrders, date_orders
from segue.experiments.logs.readers.values import to_text
from segue.experiments.logs.sources.beginning import Beginning

_NUMBER = r"^\s*[+-]?\d[\d.,eE+-]*\s*(?:ms)?\s*$"
_GROUPED = {
    ".": r"^\s*[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?\s*(?:ms)?\s*$",
    ",": r"^\s*[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?\s*(?:ms)?\s*$",
}
"""Numbers in which a point or a comma stands between thousands."""


@dataclass(frozen=True)
class Conventions:
    """How a source writes dates and milliseconds.

    Attributes:
        day_first: Whether the day comes first in dates with slashes.
        thousands: The separators between thousands, of `.` and `,`, by the name of a column in milliseconds.
    """

    day_first: bool = False
    thousands: Mapping[str, str] = field(default_factory=dict)

    def ungrouped(self, values: pd.Series, name: str, counts: Counts) -> pd.Series:
        """Returns a column in milliseconds without separators between thousands.

        Args:
            values: Numbers or text, (n,).
            name: Name of the column.
            counts: Where the numbers that had some are counted.
        """
        for separator in self.thousands.get(name, ""):
            text = to_text(values)
            grouped = text.str.contains(_GROUPED[separator]).fillna(False).to_numpy(dtype=bool)
            values = values.mask(grouped, text.str.replace(separator, "", regex=False))
            counts.note(f"{name} with {separator!r} between thousands, removed", int(grouped.sum()))
        return values


def find_conventions(
    beginnings: Sequence[Beginning],
    cells: Callable[[Beginning], Iterable[pd.DataFrame]],
    counts: Counts,
) -> dict[int, Conventions]:
    """Finds out the conventions of each source from all of its cells.

    Dates begin with what most of the dates say that have a number above 12. A point or a comma stands between
    thousands if all numbers of a column that have one have it before groups of three digits.

    Args:
        beginnings: The files.
        cells: Reads the cells of a file in pieces: times as `time`, and columns in milliseconds.
        counts: Where dates are counted that show no order.

    Returns:
        The conventions by `LogFile.source`.
    """
    sources: dict[int, list[Beginning]] = {}
    for beginning in beginnings:
        sources.setdefault(beginning.file.source, []).append(beginning)
    return {
        source: _conventions((piece for file in files for piece in cells(file)), counts)
        for source, files in sources.items()
    }


def _conventions(pieces: Iterable[pd.DataFrame], counts: Counts) -> Conventions:
    """Finds out the conventions of one source from all of its cells."""
    orders = DateOrders()
    grouped: dict[tuple[str, str], bool] = {}
    for piece in pieces:
        for name, values in piece.items():
            if values.dtype.kind in "Mmbiuf":  # not text
                continue
            if name == "time":
                orders = orders.plus(date_orders(to_text(values)))
            else:
                _note_groups(to_text(values), str(name), grouped)
    return Conventions(_is_day_first(orders, counts), _separators(grouped))


def _note_groups(text: pd.Series, name: str, grouped: dict[tuple[str, str], bool]) -> None:
    """Notes for a column and a separator whether all numbers that have it have it between thousands."""
    for separator, pattern in _GROUPED.items():
        having = text[text.str.contains(separator, regex=False).fillna(False)]
        having = having[having.str.contains(_NUMBER)]
        if len(having):
            fits = bool(having.str.contains(pattern).all())
            grouped[name, separator] = fits and grouped.get((name, separator), True)


def _separators(grouped: Mapping[tuple[str, str], bool]) -> dict[str, str]:
    found: dict[str, str] = {}
    for (name, separator), fits in grouped.items():
        found[name] = found.get(name, "") + separator * fits
    return found


def _is_day_first(orders: DateOrders, counts: Counts) -> bool:
    if not orders.day_first and not orders.month_first:
        counts.note(
            "dates such as 7/8/2013 read as month/day, since none shows which comes first", orders.ambiguous
        )
        return False
    return orders.day_first >= orders.month_first
