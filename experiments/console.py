"""Terminal output: tables go to standard output, everything else to standard error."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)
_NAMES = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP)
_USER_ERRORS = (*_FULL, *_FORBIDDEN, *_NAMES, errno.EIO)
"""Errors of the file system that the user can fix: it is full or broken, or forbids a change or a name."""


def output() -> Console:
    """Returns a console on standard output, 140 columns wide unless it is a terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=140)


def say(console: Console, sentence: str) -> None:
    """Prints a sentence as it is written: labels of users may look like markup or the name of an emoji."""
    console.print(sentence, markup=False, emoji=False, highlight=False, soft_wrap=True)


@contextmanager
def show_steps(console: Console, title: str, total: int) -> Iterator[Callable[[str], None]]:
    """Shows how far some work is and how long it will still take, on a terminal; else only its title.

    Args:
        console: Where to show it.
        title: What is done.
        total: Number of steps.

    Yields:
        A function to call as each step begins, with what it does.
    """
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    say(console, title)
    text = TextColumn("{task.description}", markup=False)
    columns = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), text)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task, begun = bar.add_task("", total=total), 0

        def begin(step: str) -> None:
            nonlocal begun
            bar.update(task, completed=begun, description=step)
            begun += 1

        yield begin


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

    # As `Text`, what users wrote is not read as markup.
    heading = None if title is None else Text(title)
    table = Table(title=heading, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for name in head:
        table.add_column(Text(name), justify="right" if name in numbers else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    output().print(table)


@contextmanager
def errors_in_one_sentence(program: str) -> Iterator[None]:
    """Ends the process with a sentence and code 2 at an error that the user can fix.

    Args:
        program: The name of the script, before the sentence.
    """
    try:
        yield
    except Exception as error:
        sentence = user_message(error)
        if sentence is None:
            raise
        print(f"{program}: {sentence}", file=sys.stderr)
        sys.exit(2)


def user_message(error: Exception) -> str | None:
    """Returns the sentence for an error that the user can fix; None for a bug."""
    # Imported late: its package takes half a second to load, which --help need not wait for.
    from segue.features.errors import UserError, shorten

    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There is not enough memory; choose smaller settings, fewer sessions or a smaller --jobs."
    if isinstance(error, OSError) and error.errno in _USER_ERRORS:
        where = f" ({shorten(str(error.filename))})" if error.filename else ""
        return f"{os.strerror(error.errno)}{where}. Fix this and run the same command again to resume."
    return None
