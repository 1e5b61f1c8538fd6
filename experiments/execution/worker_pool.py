"""Worker processes on this machine; one that is killed is replaced, and what it did is done once more."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import cloudpickle

from segue.experiments.execution.worker import read_frame, write_frame
from segue.features.errors import UserError

_THREADS = ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMBA", "NUMEXPR")


class WorkerPool:
    """Executes functions in worker processes that end with the block, or with this process.

    A thread of this process waits for each of them, so that the loss of one does not concern the others.

    Args:
        processes: Number of processes.
        on_loss: Called with a sentence when a process has ended and its work is done once more.
    """

    def __init__(self, processes: int, on_loss: Callable[[str], None]) -> None:
        self._on_loss = on_loss
        self._threads = ThreadPoolExecutor(processes)
        self._own = threading.local()
        self._lock = threading.Lock()
        self._workers: list[_Worker] = []
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            for worker in self._workers:
                worker.kill()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def submit(self, what: str, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Has a function called in a worker process, after those that were submitted before.

        Args:
            what: Name of the work, for messages.
            function: The function. One of a script or a notebook travels with its code.
            *arguments: Its arguments.

        Returns:
            Its result, or its error. A `UserError` if two processes in turn have died over it.
        """
        task = cloudpickle.dumps((function, arguments))
        return self._threads.submit(self._execute, what, task)

    def _execute(self, what: str, task: bytes) -> Any:
        """Executes a task in the process of this thread."""
        for again in (True, False):
            worker = self._worker()
            try:
                return worker.execute(task)
            except _LostError as lost:
                self._own.worker = None
                if self._closed:
                    raise
                if not again:
                    raise UserError(
                        f"Two worker processes in turn have died over one run ({what}; {lost}), perhaps for "
                        "lack of memory: use fewer --jobs. What is finished is kept; run the same command "
                        "again to resume."
                    ) from None
                self._on_loss(f"A worker process has died ({lost}): {what} is made once more.")
        raise AssertionError

    def _worker(self) -> _Worker:
        """Returns the process of this thread, which is started if there is none."""
        if getattr(self._own, "worker", None) is None:
            with self._lock:
                if self._closed:
                    raise _LostError("the study has ended")
                self._own.worker = _Worker()
                self._workers.append(self._own.worker)
        worker: _Worker = self._own.worker
        return worker


class _LostError(Exception):
    """A worker process has ended before it had answered; the message says how."""


class _Worker:
    """A worker process, seen from its parent. Each has one core: the networks are small."""

    def __init__(self) -> None:
        code = (
            f"import sys; sys.path[:] = {list(map(str, sys.path))!r}; "
            f"from segue.experiments.execution.worker import serve; serve({os.getpid()})"
        )
        one_thread = {f"{name}_NUM_THREADS": "1" for name in _THREADS}
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **one_thread, "VECLIB_MAXIMUM_THREADS": "1"},
        )

    def execute(self, task: bytes) -> Any:
        """Executes a pickled task.

        Raises:
            _LostError: The process has ended.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            write_frame(self._process.stdin, task)
            answer = read_frame(self._process.stdout)
        except OSError:  # a broken pipe
            answer = None
        if answer is None:
            raise _LostError(_how_it_ended(self.kill()))
        succeeded, result = pickle.loads(answer)
        if not succeeded:
            raise result
        return result

    def kill(self) -> int:
        """Ends the process; returns its exit code, negative for a signal."""
        self._process.kill()
        return self._process.wait()

    def close(self) -> None:
        """Closes the pipes of a process that has ended."""
        for pipe in (self._process.stdin, self._process.stdout):
            # Part of a task may still wait to be written.
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _how_it_ended(code: int) -> str:
    """Describes an exit code."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
