"""Parts of Markdown pages."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from segue.experiments.formatting import format_interval, number


def estimate(value: float, low: float, high: float, digits: int = 2) -> str:
    """Writes an estimate with its interval."""
    return f"{number(value, digits)} {format_interval(low, high, digits)}".strip()


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Writes a Markdown table, one string per line."""
    lines = (f"| {' | '.join(row)} |" for row in (head, *rows))
    first, *rest = lines
    return [first, "|" + "---|" * len(head), *rest]


def link(kept: Path, page: Path) -> str:
    """Returns the path from a page to a folder."""
    return Path(os.path.relpath(kept, page.parent)).as_posix()
