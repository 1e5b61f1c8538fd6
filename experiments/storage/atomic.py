"""Folders that either exist completely or not at all, whenever a process was killed."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from segue.features.errors import UserError
from segue.features.existing_files import make_folder

PARTIAL = ".partial"
"""Prefix of the name of a folder that is being filled, or whose process was killed."""


@contextmanager
def replace_folder(folder: Path) -> Iterator[Path]:
    """Fills a folder under a temporary name and moves it into place once the block has succeeded.

    Args:
        folder: The folder to write; an existing one is replaced as a whole.

    Yields:
        The folder to write into.
    """
    partial = _new_partial(folder)
    try:
        yield partial
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def create_once(folder: Path) -> Iterator[Path]:
    """Fills a folder that never changes afterwards; if another process finishes first, its folder is kept.

    Args:
        folder: The folder to create.

    Yields:
        The folder to write into, which is renamed once the block has succeeded.
    """
    partial = _new_partial(folder)
    try:
        yield partial
        try:
            partial.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _partial(folder: Path) -> Path:
    """Returns the temporary name of a folder that this process fills."""
    return folder.with_name(f"{PARTIAL}-{folder.name}-{socket.gethostname()}-{os.getpid()}")


def _new_partial(folder: Path) -> Path:
    """Creates the empty folder that is filled in place of another."""
    partial = _partial(folder)
    shutil.rmtree(partial, ignore_errors=True)
    make_folder(folder.parent)
    try:
        partial.mkdir()
    except FileNotFoundError as error:  # the folder above takes no new ones, as /proc
        raise UserError(f"The folder {str(folder)!r} cannot be created; choose another output.") from error
    return partial


def remove_leftovers(folder: Path) -> None:
    """Deletes half-filled folders of processes of this machine that have ended."""
    for partial in folder.glob(f"{PARTIAL}-*"):
        host, _, pid = partial.name.removeprefix(f"{PARTIAL}-").rpartition("-")
        if host.endswith(socket.gethostname()) and pid.isdecimal() and not _alive(int(pid)):
            shutil.rmtree(partial, ignore_errors=True)


def set_aside(path: Path, store: Path) -> Path:
    """Moves a file or folder that is to be made again into another folder; nothing is deleted.

    Args:
        path: What to move.
        store: The folder to move it into, on the same file system.

    Returns:
        Where it is now.
    """
    store.mkdir(exist_ok=True)
    taken = {entry.name for entry in store.iterdir()}
    names = (f"{path.name}-{number}" for number in itertools.count(1))
    moved = store / next(name for name in names if name not in taken)
    path.rename(moved)
    return moved


def _alive(pid: int) -> bool:
    """Returns whether a process of this machine is running."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Returns whether a process has ended and only waits for its parent, which some containers never do."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return state.rpartition(")")[2].split()[:1] == ["Z"]


def link_files(source: Path, names: Iterable[str], folder: Path) -> None:
    """Links files of a folder into another one, or copies them where hard links are impossible.

    Neither folder may change afterwards, since hard-linked files share their content.

    Args:
        source: The folder that holds the files.
        names: Their names.
        folder: The folder that receives them.
    """
    for name in names:
        try:
            os.link(source / name, folder / name)
        except OSError:
            shutil.copyfile(source / name, folder / name)


@contextmanager
def locked(file: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Lets one process at a time into a block; a process that is killed releases the lock.

    Args:
        file: The lock file; it stays behind, empty.
        on_wait: Called once if another process holds the lock.
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
