"""Analysis of files on a Dask cluster."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from segue.features.errors import shorten
from segue.features.extraction.dask_client import connect
from segue.features.extraction.processes.task import Result, Task, not_cached
from segue.features.extraction.processes.worker import Limits, Worker

_FILES_AT_ONCE = 8
"""Files that a Dask worker analyses in one process before it returns their results."""


def run_on_cluster(tasks: list[Task], limits: Limits, scheduler: str) -> Iterator[tuple[Task, Result]]:
    """Analyses files on a Dask cluster whose workers see the same file system.

    Args:
        tasks: The files.
        limits: What one file may take.
        scheduler: Address such as `tcp://host:8786`.

    Yields:
        Each task with its result, in any order.

    Raises:
        UserError: Dask is not installed, or no scheduler answers.
    """
    with connect(scheduler) as client:
        distributed: Any = import_module("distributed")
        parts = [tasks[k : k + _FILES_AT_ONCE] for k in range(0, len(tasks), _FILES_AT_ONCE)]
        futures = {client.submit(_analyse, part, limits, pure=False): part for part in parts}
        for future in distributed.as_completed(futures):
            part = futures.pop(future)
            if (error := future.exception()) is not None:
                reason = f"could not be analysed on the cluster ({shorten(str(error))})"
                yield from ((task, not_cached(reason)) for task in part)
            else:
                yield from zip(part, future.result(), strict=True)


def _analyse(tasks: list[Task], limits: Limits) -> list[Result]:
    """Analyses files one after another in one process."""
    with Worker(limits) as worker:
        return [worker.analyse(task) for task in tasks]
