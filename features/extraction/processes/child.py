"""The process that analyses one file after another: a script, which `worker.py` starts and nothing imports.

It reads a line of JSON for each file from standard input and writes the pickled result to standard output.
It ends when standard input does, at once and whatever it is doing.
"""

import json
import os
import pickle
import queue
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

_LIBRARIES = ("av", "soundfile", "soxr", "tinytag", "librosa.filters")
"""What the first file would load: it is not part of the memory of a file."""


def limit_memory(more: int) -> None:
    """Limits how many bytes this process may allocate beyond those that it has now; on Linux only."""
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + more
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))


def receive(source: BinaryIO, tasks: "queue.SimpleQueue[dict[str, Any]]") -> None:
    """Puts what arrives on a stream into a queue; ends the process with the stream."""
    for line in source:
        tasks.put(json.loads(line))
    os._exit(0)


def main() -> None:
    """Analyses files until standard input ends."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not mix with the results
    tasks: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=receive, args=(source, tasks), daemon=True).start()
    task = tasks.get()
    sys.path[:] = task["sys_path"]

    from segue.features.parent_process import end_with_parent

    end_with_parent(int(sys.argv[1]))
    from segue.features.extraction.processes.task import Task, run_task

    for library in _LIBRARIES:
        import_module(library)
    limit_memory(task["memory"])
    while True:
        result = run_task(Task(Path(task["path"]), task["version"], task["cache"], task["melody"]))
        pickle.dump(result, sink)
        sink.flush()
        task = tasks.get()


if __name__ == "__main__":
    main()
