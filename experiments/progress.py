"""One progress bar over all runs of a study, whichever processes they are in."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from segue.experiments.run import progress_of, work_of
from segue.experiments.spec import RunSpec

INTERVAL = 0.5
"""Seconds between two looks at the progress of the runs."""


@contextmanager
def show_progress(runs: Mapping[Path, RunSpec], console: Console) -> Iterator[None]:
    """Shows the progress of runs with an estimate of the time left, until the block ends.

    The runs tell what they have done in small files, so that it does not matter in which process or on which
    machine they are. Without a terminal only the finished runs are told, a line each.

    Args:
        runs: The runs to be made, by their folders.
        console: Where to show it.
    """
    stop = threading.Event()
    watch = _watch_bar if console.is_terminal else _watch_lines
    thread = threading.Thread(target=watch, args=(runs, console, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _watch_bar(runs: Mapping[Path, RunSpec], console: Console, stop: threading.Event) -> None:
    """Draws one bar over the work of all runs."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, speed_estimate_period=60) as bar:
        task = bar.add_task("", total=sum(work_of(spec) for spec in runs.values()))
        last = False
        while not last:
            last = stop.wait(INTERVAL)
            finished = [folder for folder in runs if folder.is_dir()]
            work = sum(work_of(runs[folder]) for folder in finished)
            work += sum(progress_of(folder) for folder in runs if folder not in finished)
            bar.update(task, completed=work, description=f"{len(finished)} of {len(runs)} runs")


def _watch_lines(runs: Mapping[Path, RunSpec], console: Console, stop: threading.Event) -> None:
    """Prints a line for each run that is finished."""
    told: set[Path] = set()
    last = False
    while not last:
        last = stop.wait(INTERVAL)
        for folder, spec in runs.items():
            if folder not in told and folder.is_dir():
                told.add(folder)
                console.print(f"{len(told)} of {len(runs)} runs: {spec.title}", highlight=False)
