"""Folders that are either whole or not there, whenever the process was killed."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

PARTIAL = ".partial"
"""Beginning of the name of a folder that is being filled, or whose process was killed."""


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """Fills a folder under another name, and puts it in its place once the block has ended well.

    Args:
        folder: The folder to make; what stands there before is replaced as a whole.

    Yields:
        The folder to write into.
    """
    partial = folder.with_name(f".{folder.name}-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def made_once(done: Path) -> Iterator[Path]:
    """Fills a folder that never changes afterwards; where another process was faster, its folder stays.

    Args:
        done: The folder to make.

    Yields:
        The folder to write into, which is renamed once the block has ended well.
    """
    partial = done.with_name(f"{PARTIAL}-{done.name}-{socket.gethostname()}-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        try:
            partial.rename(done)
        except OSError:
            if not done.is_dir():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def remove_leftovers(folder: Path) -> None:
    """Deletes half-filled folders of this machine whose process is gone."""
    for partial in folder.glob(f"{PARTIAL}-*"):
        host, _, pid = partial.name.removeprefix(f"{PARTIAL}-").rpartition("-")
        if host.endswith(socket.gethostname()) and not _alive(int(pid)):
            shutil.rmtree(partial, ignore_errors=True)


def _alive(pid: int) -> bool:
    """Whether a process of this machine is running."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def link_files(source: Path, folder: Path) -> None:
    """Puts the files of a folder into another one: as hard links, or copies where there cannot be any.

    Both folders must be of the kind that never changes: a hard link shows every change of the other.
    """
    for file in source.iterdir():
        try:
            os.link(file, folder / file.name)
        except OSError:
            shutil.copyfile(file, folder / file.name)


@contextmanager
def locked(file: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Lets one process at a time into a block. The lock goes with the process, however that ends.

    Args:
        file: The lock; it stays behind, empty.
        on_wait: Called once if another process has it.
    """
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        on_wait()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def read_json(file: Path) -> dict[str, Any]:
    """Reads a JSON object."""
    record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return record


def write_json(file: Path, record: dict[str, Any]) -> None:
    """Writes a JSON object for people to read."""
    file.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
