"""A bar that shows how far a fit has come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from segue.experiments.fitting.selection import Progress as Report


@contextmanager
def fit_progress() -> Iterator[Report]:
    """Shows a bar with an estimate of the time left, on standard error if it is a terminal.

    Yields:
        What `fit_listener` calls as it proceeds.
    """
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        task = bars.add_task("reading the log", total=1.0)
        yield lambda what, share: bars.update(task, description=what, completed=share)
