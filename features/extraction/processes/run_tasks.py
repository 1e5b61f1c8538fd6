"""Analysis of many files, each by the next free worker."""

import queue
import threading
from collections.abc import Generator

from segue.features.extraction.processes.cluster import run_on_cluster
from segue.features.extraction.processes.task import Result, Task
from segue.features.extraction.processes.worker import Limits, Worker

_PATIENCE = 1.0  # s


def run_tasks(
    tasks: list[Task], jobs: int, limits: Limits, scheduler: str | None = None
) -> Generator[tuple[Task, Result], None, None]:
    """Analyses files; when the iteration ends early, the processes end at once.

    Args:
        tasks: The files.
        jobs: Number of processes.
        limits: What one file may take.
        scheduler: Address of a Dask scheduler to use instead of processes of this machine.

    Yields:
        Each task with its result, in any order.
    """
    if scheduler is not None and tasks:
        yield from run_on_cluster(tasks, limits, scheduler)
        return
    waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    done: queue.SimpleQueue[tuple[Task, Result] | BaseException] = queue.SimpleQueue()
    workers = [Worker(limits) for _ in range(min(jobs, len(tasks)))]
    threads = [threading.Thread(target=_work, args=(w, waiting, done), daemon=True) for w in workers]
    try:
        for thread in threads:
            thread.start()
        for _ in tasks:
            result = _next(done)
            if isinstance(result, BaseException):
                raise result
            yield result
    finally:
        for worker in workers:
            worker.stop()
        for thread in threads:
            if thread.is_alive():
                thread.join(_PATIENCE)


def _next(
    done: "queue.SimpleQueue[tuple[Task, Result] | BaseException]",
) -> tuple[Task, Result] | BaseException:
    """Waits for a result; wakes now and then, since a Ctrl-C just before a wait does not end it."""
    while True:
        try:
            return done.get(timeout=_PATIENCE)
        except queue.Empty:
            continue


def _work(
    worker: Worker,
    waiting: "queue.SimpleQueue[Task]",
    done: "queue.SimpleQueue[tuple[Task, Result] | BaseException]",
) -> None:
    """Lets a worker analyse files until none is waiting or it is stopped."""
    try:
        with worker:
            while not worker.stopped:
                task = waiting.get_nowait()
                done.put((task, worker.analyse(task)))
    except queue.Empty:
        return
    except Exception as error:
        done.put(error)  # the thread that waits for results raises it
