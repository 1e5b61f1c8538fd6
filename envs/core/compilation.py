"""A message on the terminal while the loop is being compiled, which happens once per installation."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 2.0
"""Seconds after which a first call is known to compile; reading numba's cache takes less."""


@contextmanager
def announced_compilation() -> Iterator[None]:
    """Prints a message on a terminal if the block takes longer than `PATIENCE`."""
    if not sys.stderr.isatty():
        yield
        return
    note = "Compiling the simulation; this takes some 20 seconds, once after each installation …"
    timer = threading.Timer(PATIENCE, print, [note], {"file": sys.stderr, "flush": True})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
