"""Progress over all models and runs of a study, whichever processes execute them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from segue.experiments.console import say
from segue.experiments.runs.spec import Spec
from segue.experiments.storage.progress_file import progress_of

INTERVAL = 0.5
"""Seconds between two readings of the progress."""


@contextmanager
def show_progress(parts: Mapping[Path, Spec], console: Console) -> Iterator[None]:
    """Shows the progress of a study and an estimate of the time left until the block ends.

    Trainings and evaluations report their progress in small files, so that it does not matter in which
    process or on which machine they run. Without a terminal, one line is printed per finished model or run.

    Args:
        parts: The models and runs of the study, by their folders.
        console: Where to show the progress.
    """
    stop = threading.Event()
    watch = _watch_bars if console.is_terminal else _watch_lines
    thread = threading.Thread(target=watch, args=(parts, console, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _watch_bars(parts: Mapping[Path, Spec], console: Console, stop: threading.Event) -> None:
    """Draws a bar for the study, and one for each part in progress."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, speed_estimate_period=60) as bars:
        total = bars.add_task("", total=sum(spec.work for spec in parts.values()))
        running: dict[Path, TaskID] = {}
        last = False
        while not last:
            last = stop.wait(INTERVAL)
            finished = {folder for folder in parts if folder.is_dir()}
            found = {folder: progress_of(folder) for folder in parts if folder not in finished}
            started = {folder: work for folder, work in found.items() if work is not None}
            _follow(bars, running, started, parts)
            work = sum(parts[folder].work for folder in finished) + sum(started.values())
            bars.update(total, completed=work, description=f"{len(finished)} of {len(parts)} done")


def _follow(
    bars: Progress, running: dict[Path, TaskID], started: Mapping[Path, int], parts: Mapping[Path, Spec]
) -> None:
    """Adds bars for parts that have started and removes those of parts that have ended."""
    for folder in [folder for folder in running if folder not in started]:
        bars.remove_task(running.pop(folder))
    for folder, work in started.items():
        if folder not in running:
            running[folder] = bars.add_task(parts[folder].title, total=parts[folder].work)
        bars.update(running[folder], completed=work)


def _watch_lines(parts: Mapping[Path, Spec], console: Console, stop: threading.Event) -> None:
    """Prints a line for each finished part."""
    reported: set[Path] = set()
    last = False
    while not last:
        last = stop.wait(INTERVAL)
        for folder, spec in parts.items():
            if folder not in reported and folder.is_dir():
                reported.add(folder)
                say(console, f"{len(reported)} of {len(parts)} done: {spec.title}")
