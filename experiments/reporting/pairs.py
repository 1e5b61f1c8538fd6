"""Paired differences of two agents, as rows and as text."""

from __future__ import annotations

from typing import Any

from segue.experiments.formatting import format_interval, signed
from segue.experiments.study.results import Results


def paired_differences(results: Results, agent: str, other: str) -> list[dict[str, Any]]:
    """Returns the rows of `Results.differences` about two agents, one per environment."""
    table = results.differences
    rows = table[(table["agent"] == agent) & (table["other"] == other)]
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]


def difference_text(row: dict[Any, Any]) -> str:
    """Writes a difference with its interval."""
    return f"{signed(row['difference'])} {format_interval(row['low'], row['high'])}".strip()


def place_text(row: dict[Any, Any], rows: list[dict[Any, Any]]) -> str:
    """Writes ` on <environment>` if the rows are about several environments."""
    several = len({other["environment"] for other in rows}) > 1
    return f" on {row['environment']}" if several else ""
