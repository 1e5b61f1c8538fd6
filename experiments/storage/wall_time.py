"""Wall time of a study, summed over all invocations of the command, including killed ones."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segue.experiments.storage.atomic import read_json, write_json

INTERVAL = 5.0
"""Seconds between two records: a killed process loses no more than that."""


@contextmanager
def record_wall_time(folder: Path, processes: int) -> Iterator[None]:
    """Records the wall time of a block in a separate file, while it runs and at its end.

    Args:
        folder: Where the records of a study are kept.
        processes: Number of runs executed at once.
    """
    folder.mkdir(exist_ok=True)
    started, start_time, stop = time.monotonic(), time.strftime("%Y%m%dT%H%M%S"), threading.Event()
    file = folder / f"{start_time}-{os.getpid()}.json"

    def write_record() -> None:
        partial = file.with_suffix(".partial")
        seconds = time.monotonic() - started
        write_json(partial, {"started": start_time, "seconds": seconds, "processes": processes})
        partial.replace(file)

    def write_periodically() -> None:
        while not stop.wait(INTERVAL):
            with contextlib.suppress(OSError):  # of a full disk, which the study itself reports
                write_record()

    thread = threading.Thread(target=write_periodically, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    write_record()


def wall_time(folder: Path) -> tuple[float, int]:
    """Sums up the wall time of a study. A damaged record counts as lost: no result depends on it.

    Returns:
        Total seconds over all invocations, and the largest number of processes that one of them used.
    """
    records = []
    for file in folder.glob("*.json"):
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            record = read_json(file)
            records.append((float(record["seconds"]), int(record["processes"])))
    return sum(seconds for seconds, _ in records), max((number for _, number in records), default=0)
