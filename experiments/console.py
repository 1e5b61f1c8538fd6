"""Terminal output: tables go to standard output, everything else to standard error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def output() -> Console:
    """Returns a console on standard output, 140 columns wide unless it is a terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=140)


def say(console: Console, sentence: str) -> None:
    """Prints a sentence as it is written: labels of users may look like markup or the name of an emoji."""
    console.print(sentence, markup=False, emoji=False, highlight=False, soft_wrap=True)


def print_table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str | None = None,
    numbers: Sequence[str] = (),
) -> None:
    """Prints a table on standard output.

    Args:
        head: Names of the columns.
        rows: Cells as text.
        title: Line above the table.
        numbers: Names of the columns to align right.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    # As `Text` the words of users are no markup.
    heading = None if title is None else Text(title)
    table = Table(title=heading, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for name in head:
        table.add_column(Text(name), justify="right" if name in numbers else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    output().print(table)
