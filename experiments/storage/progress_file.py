"""Lets a training or evaluation report its progress to other processes, on whichever machine."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from segue.experiments.storage.atomic import PARTIAL

PROGRESS = "progress"
"""File in a half-filled folder that counts the work done so far."""


def progress_to(folder: Path) -> Callable[[int], None]:
    """Returns a function that writes the work done so far into a folder, at most five times per second."""
    last = 0.0

    def report_progress(work: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > 0.2:
            last = now
            (folder / PROGRESS).write_text(str(work), encoding="ascii")

    return report_progress


def forget_progress(folder: Path) -> None:
    """Removes the file that `progress_to` wrote."""
    (folder / PROGRESS).unlink(missing_ok=True)


def progress_of(done: Path) -> int | None:
    """Reads the work done so far for an unfinished folder, in training steps; None if no process fills it."""
    found = []
    for file in done.parent.glob(f"{PARTIAL}-{done.name}-*/{PROGRESS}"):
        # It may be empty while it is being written, or have just been removed.
        with contextlib.suppress(OSError, ValueError):
            found.append(int(file.read_text(encoding="ascii")))
    return max(found, default=None)
