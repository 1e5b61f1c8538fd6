"""How long a study has taken: the wall time of every sitting, also of those that were killed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segue.experiments.storage.atomic import read_json, write_json

INTERVAL = 5.0
"""Seconds between two notes of the time: no more than that of a killed sitting is lost."""


@contextmanager
def record_wall_time(folder: Path, processes: int) -> Iterator[None]:
    """Notes the wall time of a block in a file of its own, while it runs and at its end.

    Args:
        folder: Where the sittings of a study are noted.
        processes: How many runs are made at once.
    """
    folder.mkdir(exist_ok=True)
    begun, at, stop = time.monotonic(), time.strftime("%Y%m%dT%H%M%S"), threading.Event()
    file = folder / f"{at}-{os.getpid()}.json"

    def note() -> None:
        partial = file.with_suffix(".partial")
        write_json(partial, {"begun": at, "seconds": time.monotonic() - begun, "processes": processes})
        partial.replace(file)

    def keep_noting() -> None:
        while not stop.wait(INTERVAL):
            note()

    thread = threading.Thread(target=keep_noting, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    note()


def wall_time(folder: Path) -> tuple[float, int]:
    """Sums up the sittings of a study.

    Returns:
        Their seconds, and the most processes that one of them had.
    """
    records = [read_json(file) for file in folder.glob("*.json")]
    return sum(record["seconds"] for record in records), max((r["processes"] for r in records), default=0)
