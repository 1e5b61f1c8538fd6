"""Pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Writes a table; `|` and line breaks in cells are escaped."""
    lines = [f"| {' | '.join(map(cell, row))} |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def cell(value: Any) -> str:
    """Writes a value as the cell of a table."""
    return " ".join(str(value).split()).replace("|", "\\|")


def code(value: Any) -> str:
    """Writes a value as inline code; nothing for an empty text."""
    return f"`{value}`" if str(value) else ""
