"""Analysing many files at once, in processes that are renewed and may die without taking the rest along."""

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

from segue.features.audio.decode import AudioError
from segue.features.errors import UserError
from segue.features.extraction.cache import Outcome
from segue.features.extraction.track import content_hash, read_track

FILES_A_WORKER = 100
"""Files after which a worker process is replaced, since decoders and caches grow."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Task:
    """One file to analyse, and the cache where its content may be known already under another name."""

    path: Path
    version: str
    cache: str
    melody: bool


def analyse_file(task: Task) -> tuple[str, Outcome | None]:
    """Hashes and analyses one file.

    Returns:
        The content hash, `""` if the file cannot be opened; and the outcome, None if the cache has it.
    """
    content = ""
    try:
        content = content_hash(task.path)
        if _is_known(task.cache, content, task.version):
            return content, None
        return content, Outcome(read_track(task.path, task.melody))
    except AudioError as error:
        return content, Outcome(None, str(error))
    except PermissionError:
        return "", Outcome(None, "may not be read (permission denied)")
    except FileNotFoundError:
        return "", Outcome(None, "does not exist (perhaps a link that leads nowhere)")
    except Exception as error:
        # Whatever a strange file provokes, it must not end a night's analysis.
        return content, Outcome(None, f"could not be analysed ({type(error).__name__}: {error})")


def _is_known(cache: str, content: str, version: str) -> bool:
    # Opened anew for each file: a connection must not be shared between processes.
    try:
        with closing(sqlite3.connect(f"file:{quote(cache)}?mode=ro", uri=True)) as db:
            query = "SELECT 1 FROM results WHERE hash=? AND version=?"
            return db.execute(query, (content, version)).fetchone() is not None
    except sqlite3.Error:
        # On another machine the cache may be out of reach; then the work is done once more.
        return False


def run_on_cluster(tasks: list[Task], scheduler: str) -> Iterator[tuple[Task, str, Outcome | None]]:
    """Analyses files on a Dask cluster whose workers see the same file system.

    Args:
        tasks: The files.
        scheduler: Address such as `tcp://host:8786`.

    Yields:
        As `run_tasks`.

    Raises:
        UserError: When dask is not installed or nobody answers at the address.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise UserError("Using a cluster needs Dask: pip install 'segue[cluster]'.") from error
    try:
        client = distributed.Client(scheduler, timeout="10s")
    except (OSError, ValueError, TimeoutError) as error:
        raise UserError(f"No Dask scheduler answers at {scheduler!r}: start one, or leave it out.") from error
    with client:
        futures = {client.submit(analyse_file, task, pure=False): task for task in tasks}
        for future in distributed.as_completed(futures):
            task = futures.pop(future)
            if future.exception() is not None:
                yield task, "", Outcome(None, f"could not be analysed on the cluster ({future.exception()})")
            else:
                yield task, *future.result()


def run_tasks(
    tasks: list[Task], jobs: int, scheduler: str | None = None
) -> Iterator[tuple[Task, str, Outcome | None]]:
    """Analyses files in any order, in this process if `jobs` is 1.

    Args:
        tasks: The files.
        jobs: Number of processes.
        scheduler: Address of a Dask scheduler to use instead of processes.

    Yields:
        Task, content hash, outcome as of `analyse_file`.
    """
    if scheduler is not None and tasks:
        yield from run_on_cluster(tasks, scheduler)
        return
    if jobs == 1 or len(tasks) <= 1:
        for task in tasks:
            yield task, *analyse_file(task)
        return
    suspects: list[Task] = []
    with _one_thread_each():
        yield from _in_pool(tasks, jobs, suspects)
        # A dying process takes the pool along, so each file that was then at work runs once more alone.
        for task in suspects:
            crashed: list[Task] = []
            yield from _in_pool([task], 1, crashed)
            if crashed:
                yield task, "", Outcome(None, "ends the process that decodes it")


def _in_pool(
    tasks: Iterable[Task], jobs: int, suspects: list[Task]
) -> Iterator[tuple[Task, str, Outcome | None]]:
    queue = iter(tasks)
    exhausted = False
    while not exhausted:
        pool = ProcessPoolExecutor(
            jobs, mp_context=get_context("spawn"), initializer=_begin, max_tasks_per_child=FILES_A_WORKER
        )
        pending: dict[Future[tuple[str, Outcome | None]], Task] = {}
        try:
            while True:
                while len(pending) < 2 * jobs and (task := next(queue, None)) is not None:
                    pending[pool.submit(analyse_file, task)] = task
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


def _begin() -> None:
    # Ctrl-C reaches the whole process group; the parent alone decides what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    # Without this, workers of a killed process would wait for further files until the machine goes down.
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Lets processes started meanwhile use one thread each for linear algebra."""
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
