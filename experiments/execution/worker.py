"""Prepares worker processes on this machine."""

from __future__ import annotations

import os
import threading
import time

from segue.experiments.execution.registry_snapshot import RegistrySnapshot


def prepare_worker(parent: int, registered: RegistrySnapshot) -> None:
    """Ties this process to its parent and registers the user's agents and environments in it.

    Args:
        parent: Process id of the parent; when it dies, this process ends too.
        registered: What is registered in the parent.
    """
    threading.Thread(target=exit_with_parent, args=(parent,), daemon=True).start()
    registered.restore()


def exit_with_parent(parent: int) -> None:
    """Ends this process once its parent is gone, so that a killed study does not keep running unseen."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def cores() -> int:
    """Returns the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
