"""Comparisons of two agents, as rows and as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from segue.experiments.formatting import format_interval, join_words, quoted, signed
from segue.experiments.study.results import Results


def paired_differences(results: Results, agent: str, other: str) -> list[dict[str, Any]]:
    """Returns the rows of `Results.differences` about two agents, one per environment."""
    table = results.differences
    rows = table[(table["agent"] == agent) & (table["other"] == other)]
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]


def compared(results: Results, agent: str, other: str) -> list[dict[str, Any]]:
    """Returns the rows of `Results.comparisons` about two agents, seen from the first.

    Their intervals hold together with those of all other comparisons of the verdict.
    """
    table = results.comparisons
    if table.empty:
        return []
    forth = table[(table["agent"] == agent) & (table["other"] == other)].to_dict("records")
    back = table[(table["agent"] == other) & (table["other"] == agent)].to_dict("records")
    turned = [
        {**row, "difference": -row["difference"], "low": -row["high"], "high": -row["low"]} for row in back
    ]
    return [{str(key): value for key, value in row.items()} for row in [*forth, *turned]]


def side(row: dict[Any, Any]) -> str:
    """Says where the interval of a row lies: `above` 0, `below` 0, or `undecided`, as with a single run."""
    return "above" if row["low"] > 0 else "below" if row["high"] < 0 else "undecided"


def difference_text(row: dict[Any, Any]) -> str:
    """Writes a difference with its interval."""
    return f"{signed(row['difference'])} {format_interval(row['low'], row['high'])}".strip()


def place_text(row: dict[Any, Any], rows: Sequence[dict[Any, Any]]) -> str:
    """Writes ` on <environment>` if the rows are about several environments."""
    several = len({other["environment"] for other in rows}) > 1
    return f" on {quoted(row['environment'])}" if several else ""


def by_side(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Writes the differences of some rows, joined by the side of 0 on which their intervals lie."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(side(row), []).append(difference_text(row) + place_text(row, rows))
    return {where: join_words(texts) for where, texts in found.items()}
