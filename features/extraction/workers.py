"""Parallel analysis of files, in processes that are replaced regularly and may crash without loss."""

import os
import signal
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any
from urllib.parse import quote

from segue.features.audio.decoders import AudioError
from segue.features.extraction.cache import Outcome
from segue.features.extraction.dask_client import connect
from segue.features.extraction.track import analyse_track, content_hash

FILES_PER_WORKER = 100
"""Files after which a worker process is replaced, since the memory of decoders and caches grows."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Task:
    """One file to analyse.

    Attributes:
        path: The file.
        version: Version of the analysis.
        cache: Path of the cache, which may know the content under another path already.
        melody: Whether to track the melody too.
    """

    path: Path
    version: str
    cache: str
    melody: bool


def run_task(task: Task) -> tuple[str, Outcome | None]:
    """Hashes and analyses one file.

    Returns:
        The content hash, `""` if the file cannot be opened; and the outcome, None if it is cached already.
    """
    content = ""
    try:
        content = content_hash(task.path)
        if _is_known(task.cache, content, task.version):
            return content, None
        return content, Outcome(analyse_track(task.path, task.melody))
    except AudioError as error:
        return content, Outcome(None, str(error))
    except PermissionError:
        return "", Outcome(None, "cannot be read (permission denied)")
    except FileNotFoundError:
        return "", Outcome(None, "does not exist (possibly a broken link)")
    except Exception as error:
        # No file, however strange, may stop the analysis of the others.
        return content, Outcome(None, f"could not be analysed ({type(error).__name__}: {error})")


def _is_known(cache: str, content: str, version: str) -> bool:
    """Returns whether the cache has an outcome for this content."""
    # Opened for each file, since a connection must not be shared between processes.
    try:
        with closing(sqlite3.connect(f"file:{quote(cache)}?mode=ro", uri=True)) as db:
            query = "SELECT 1 FROM results WHERE hash=? AND version=?"
            return db.execute(query, (content, version)).fetchone() is not None
    except sqlite3.Error:
        # The cache may be out of reach on another machine; then the file is analysed again.
        return False


def run_on_cluster(tasks: list[Task], scheduler: str) -> Iterator[tuple[Task, str, Outcome | None]]:
    """Analyses files on a Dask cluster whose workers see the same file system.

    Args:
        tasks: The files.
        scheduler: Address such as `tcp://host:8786`.

    Yields:
        As `run_tasks`.

    Raises:
        UserError: Dask is not installed, or no scheduler answers.
    """
    with connect(scheduler) as client:
        distributed: Any = import_module("distributed")
        futures = {client.submit(run_task, task, pure=False): task for task in tasks}
        for future in distributed.as_completed(futures):
            task = futures.pop(future)
            if future.exception() is not None:
                yield task, "", Outcome(None, f"could not be analysed on the cluster ({future.exception()})")
            else:
                yield task, *future.result()


def run_tasks(
    tasks: list[Task], jobs: int, scheduler: str | None = None
) -> Iterator[tuple[Task, str, Outcome | None]]:
    """Analyses files, in this process if `jobs` is 1.

    Args:
        tasks: The files.
        jobs: Number of processes.
        scheduler: Address of a Dask scheduler to use instead of processes.

    Yields:
        The task, and its content hash and outcome as from `run_task`; in any order.
    """
    if scheduler is not None and tasks:
        yield from run_on_cluster(tasks, scheduler)
        return
    if jobs == 1 or len(tasks) <= 1:
        for task in tasks:
            yield task, *run_task(task)
        return
    suspects: list[Task] = []
    with _one_thread_each():
        yield from _in_pool(tasks, jobs, suspects)
        # A crash breaks the whole pool, so each file then in progress is tried again alone.
        for task in suspects:
            crashed: list[Task] = []
            yield from _in_pool([task], 1, crashed)
            if crashed:
                yield task, "", Outcome(None, "crashes the process that decodes it")


def _in_pool(
    tasks: Iterable[Task], jobs: int, suspects: list[Task]
) -> Iterator[tuple[Task, str, Outcome | None]]:
    """Analyses files in a pool of processes; those in progress when it breaks are added to `suspects`."""
    queue = iter(tasks)
    exhausted = False
    while not exhausted:
        pool = ProcessPoolExecutor(
            jobs,
            mp_context=get_context("spawn"),
            initializer=_start_worker,
            max_tasks_per_child=FILES_PER_WORKER,
        )
        pending: dict[Future[tuple[str, Outcome | None]], Task] = {}
        try:
            while True:
                while len(pending) < 2 * jobs and (task := next(queue, None)) is not None:
                    pending[pool.submit(run_task, task)] = task
                if not pending:
                    exhausted = True
                    break
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    content, outcome = future.result()
                    yield pending.pop(future), content, outcome
        except BrokenProcessPool:
            suspects.extend(pending.values())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _start_worker() -> None:
    """Prepares a worker process."""
    # Ctrl-C reaches the whole process group; only the parent handles it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    """Ends this process once its parent has ended."""
    # Without this, workers of a killed process would wait for more files forever.
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Limits processes started meanwhile to one thread each for linear algebra."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
