"""One progress bar over all runs of a study, whichever processes they are in."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
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
from segue.experiments.run import PARTIAL, PROGRESS, work_of
from segue.experiments.spec import RunSpec

INTERVAL = 0.5
"""Seconds between two looks at the progress of the runs."""


@contextmanager
def show_progress(specs: Sequence[RunSpec], folder: Path, console: Console) -> Iterator[None]:
    """Shows the progress of runs with an estimate of the time left, until the block ends.

    The runs tell what they have done in small files, so that it does not matter in which process or on which
    machine they are. Without a terminal only the finished runs are told, a line each.

    Args:
        specs: The runs to be made.
        folder: The folder of all runs.
        console: Where to show it.
    """
    stop = threading.Event()
    watch = _watch_bar if console.is_terminal else _watch_lines
    thread = threading.Thread(target=watch, args=(list(specs), folder, console, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def work_done(specs: Sequence[RunSpec], folder: Path) -> tuple[list[RunSpec], int]:
    """Looks up which runs are finished, and how much work is done in all, in training steps."""
    finished = [spec for spec in specs if (folder / spec.folder_name).is_dir()]
    work = sum(work_of(spec) for spec in finished)
    names = {spec.folder_name for spec in finished}
    for spec in specs:
        if spec.folder_name not in names:
            files = folder.glob(f"{PARTIAL}-{spec.folder_name}-*/{PROGRESS}")
            work += max((_read(file) for file in files), default=0)
    return finished, work


def _read(file: Path) -> int:
    """The number in a progress file; 0 while it is being written or has just been removed."""
    try:
        return int(file.read_text(encoding="ascii") or 0)
    except (OSError, ValueError):
        return 0


def _watch_bar(specs: list[RunSpec], folder: Path, console: Console, stop: threading.Event) -> None:
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
        task = bar.add_task("", total=sum(work_of(spec) for spec in specs))
        last = False
        while not last:
            last = stop.wait(INTERVAL)
            finished, work = work_done(specs, folder)
            bar.update(task, completed=work, description=f"{len(finished)} of {len(specs)} runs")


def _watch_lines(specs: list[RunSpec], folder: Path, console: Console, stop: threading.Event) -> None:
    """Prints a line for each run that is finished."""
    told: set[str] = set()
    last = False
    while not last:
        last = stop.wait(INTERVAL)
        finished, _ = work_done(specs, folder)
        for spec in finished:
            if spec.folder_name not in told:
                told.add(spec.folder_name)
                console.print(f"{len(told)} of {len(specs)} runs: {spec.title}", highlight=False)
