"""A worker process: it executes what its parent sends it, and ends with its parent.

Started before anything heavy is imported, so that a parent that dies early takes it along too.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import struct
import threading
import traceback
from typing import IO

from segue.features.parent_process import end_with_parent

_LENGTH = struct.Struct("!Q")


def serve(parent: int) -> None:
    """Executes the tasks that arrive on standard input, until it is closed.

    A task is the pickled function with its arguments. The answer is whether it succeeded, and its result or
    its error.

    Args:
        parent: Process id of the parent.
    """
    end_with_parent(parent)
    # Ctrl-C in a terminal reaches all processes; the parent decides what becomes of this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks, answers = _private_pipes()
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(tasks, waiting), daemon=True).start()
    while True:
        write_frame(answers, _answer(waiting.get()))


def _private_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Returns standard input and output for our own use; what users' code prints goes to standard error."""
    pipes = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return pipes


def _receive(tasks: IO[bytes], waiting: queue.SimpleQueue[bytes]) -> None:
    """Passes tasks on; ends this process as soon as the parent is gone, which closes the pipe."""
    while (task := read_frame(tasks)) is not None:
        waiting.put(task)
    os._exit(0)


def _answer(task: bytes) -> bytes:
    """Executes a task and pickles its answer."""
    import cloudpickle

    try:
        function, arguments = pickle.loads(task)
        return cloudpickle.dumps((True, function(*arguments)))
    except BaseException as error:
        error.add_note(f"In a worker process:\n{traceback.format_exc()}")
        return _pickled(error)


def _pickled(error: BaseException) -> bytes:
    """Pickles an error, or one with its text if it cannot be rebuilt elsewhere."""
    import cloudpickle

    try:
        content: bytes = cloudpickle.dumps((False, error))
        pickle.loads(content)
    except Exception:
        return cloudpickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
    return content


def write_frame(pipe: IO[bytes], content: bytes) -> None:
    """Writes bytes, preceded by their number."""
    pipe.write(_LENGTH.pack(len(content)) + content)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes | None:
    """Reads what `write_frame` wrote; None if the other end was closed."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    content = pipe.read(length)
    return content if len(content) == length else None


def cores() -> int:
    """Returns the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
