"""A process that analyses files one at a time, seen from the process that starts it."""

import json
import os
import pickle
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from segue.features.extraction.processes.task import Result, Task, not_cached

_CHILD = Path(__file__).with_name("child.py")
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)

FILES_PER_PROCESS = 100
"""Files after which a process is replaced, since the memory of decoders and caches grows."""


@dataclass(frozen=True)
class Limits:
    """What one file may take; a file that takes more is listed and passed over.

    Attributes:
        seconds: Time of its analysis.
        memory: Bytes of memory, on Linux.
    """

    seconds: float = 600.0
    memory: int = 4 * 2**30


class Worker:
    """Analyses files in a process of its own, which is replaced when it crashes or exceeds a limit.

    On Linux the process ends with the thread that has started it, so each thread needs a worker of its own.

    Args:
        limits: What one file may take.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._files = 0
        self._timed_out = self.stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._discard()

    def stop(self) -> None:
        """Ends the process at once, whatever it is doing; from any thread."""
        self.stopped = True
        if (process := self._process) is not None:
            process.kill()

    def analyse(self, task: Task) -> Result:
        """Analyses a file; one that crashes the process is tried once more."""
        result = self._attempt(task)
        if result is None and not self.stopped:
            result = self._attempt(task)
        return result or not_cached("crashes the process that analyses it")

    def _attempt(self, task: Task) -> Result | None:
        """Analyses a file; returns None if the process crashes."""
        if self._files >= FILES_PER_PROCESS:
            self._discard()
        process = self._process = self._process or _start()
        if self.stopped:
            process.kill()
        self._timed_out = False
        timer = threading.Timer(self._limits.seconds, self._time_out, (process,))
        timer.daemon = True
        timer.start()
        message = {**vars(task), "path": str(task.path), "memory": self._limits.memory, "sys_path": sys.path}
        try:
            result = _exchange(process, message)
        except (OSError, EOFError, pickle.UnpicklingError):
            self._discard()
            if self._timed_out:
                return not_cached(f"takes longer than {self._limits.seconds:g} s (--timeout)")
            return None
        finally:
            timer.cancel()
        self._files += 1
        return result

    def _time_out(self, process: "subprocess.Popen[bytes]") -> None:
        """Kills a process whose time is over."""
        self._timed_out = True
        process.kill()

    def _discard(self) -> None:
        """Ends the process, if there is one; only from the thread that has started it."""
        process, self._process, self._files = self._process, None, 0
        if process is not None:
            process.kill()
            with suppress(OSError), process:  # what it has not read is lost
                pass


def _start() -> "subprocess.Popen[bytes]":
    """Starts a process that analyses files."""
    # Ctrl-C reaches the whole group of this process, but only this process handles it.
    own_group: dict[str, Any] = {"process_group": 0} if os.name == "posix" else {}
    return subprocess.Popen(
        [sys.executable, "-P", str(_CHILD), str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **_ONE_THREAD},
        **own_group,
    )


def _exchange(process: "subprocess.Popen[bytes]", message: dict[str, Any]) -> Result:
    """Sends a task to a process and waits for the result."""
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()
    result: Result = pickle.load(process.stdout)
    return result
