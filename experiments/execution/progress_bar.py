"""Progress over all models and runs of a study, whichever processes make them."""

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

from segue.experiments.runs.spec import Spec
from segue.experiments.storage.progress_file import progress_of

INTERVAL = 0.5
"""Seconds between two looks at the progress."""


@contextmanager
def show_progress(parts: Mapping[Path, Spec], console: Console) -> Iterator[None]:
    """Shows how far a study is, with an estimate of the time left, until the block ends.

    Models and runs tell what they have done in small files, so that it does not matter in which process or on
    which machine they are made. Without a terminal only what is finished is told, a line each.

    Args:
        parts: The models and runs to be made, by their folders.
        console: Where to show it.
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
    """Draws a bar for the whole, and one for each part that is being made."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, speed_estimate_period=60) as bars:
        whole = bars.add_task("", total=sum(spec.work for spec in parts.values()))
        under_way: dict[Path, TaskID] = {}
        last = False
        while not last:
            last = stop.wait(INTERVAL)
            finished = {folder for folder in parts if folder.is_dir()}
            found = {folder: progress_of(folder) for folder in parts if folder not in finished}
            begun = {folder: work for folder, work in found.items() if work is not None}
            _follow(bars, under_way, begun, parts)
            work = sum(parts[folder].work for folder in finished) + sum(begun.values())
            bars.update(whole, completed=work, description=f"{len(finished)} of {len(parts)} done")


def _follow(
    bars: Progress, under_way: dict[Path, TaskID], begun: Mapping[Path, int], parts: Mapping[Path, Spec]
) -> None:
    """Adds bars for what has begun and takes away those of what is over."""
    for folder in [folder for folder in under_way if folder not in begun]:
        bars.remove_task(under_way.pop(folder))
    for folder, work in begun.items():
        if folder not in under_way:
            under_way[folder] = bars.add_task(parts[folder].title, total=parts[folder].work)
        bars.update(under_way[folder], completed=work)


def _watch_lines(parts: Mapping[Path, Spec], console: Console, stop: threading.Event) -> None:
    """Prints a line for each part that is finished."""
    reported: set[Path] = set()
    last = False
    while not last:
        last = stop.wait(INTERVAL)
        for folder, spec in parts.items():
            if folder not in reported and folder.is_dir():
                reported.add(folder)
                console.print(f"{len(reported)} of {len(parts)} done: {spec.title}", highlight=False)
