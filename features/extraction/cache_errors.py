"""What errors of SQLite mean: a full disk, a damaged file, a file that is not a cache, or something else."""

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segue.features.errors import UserError

_DISK = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
)
_IN_USE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
_NOT_DAMAGE = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_INTERRUPT)
"""Other errors that say nothing against the contents of a cache."""


class DamagedCacheError(UserError):
    """The file is a database whose structure is damaged.

    Args:
        path: The database.
        reason: What shows it.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The cache {str(path)!r} is damaged ({reason}); move it away, and a new one is made."
        )


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns the errors of SQLite in a block into what a user can act on.

    Args:
        path: The database.

    Raises:
        OSError: The disk is full, or the file must not be written.
        DamagedCacheError: The file is damaged.
        UserError: The file is in use, not a database, or cannot be used for another reason.
    """
    try:
        yield
    except (sqlite3.Error, UnicodeError, MemoryError) as error:  # damage may be in a message, or be a size
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says more about the same
        if code in _DISK:
            raise _disk_error(path, error, full=code == sqlite3.SQLITE_FULL) from error
        if code in _IN_USE:
            raise UserError(
                f"The cache {str(path)!r} is in use by another process; wait until it has finished."
            ) from error
        if code == sqlite3.SQLITE_NOMEM or isinstance(error, MemoryError):
            raise UserError(
                f"There is not enough memory for the cache {str(path)!r}; free some, or move the cache away "
                "to start a new one."
            ) from error
        if code in _NOT_DAMAGE:
            raise UserError(
                f"The cache {str(path)!r} cannot be used ({error}); move it away to start a new one."
            ) from error
        raise DamagedCacheError(path, str(error)) from error


def _disk_error(path: Path, error: Exception, full: bool) -> OSError | UserError:
    """Finds out by writing beside a file, and to it, what keeps it from being written.

    Args:
        path: The file.
        error: What SQLite says.
        full: Whether SQLite says that the disk is full.
    """
    try:
        with tempfile.TemporaryFile(dir=path.parent) as trial:
            trial.write(bytes(1_000_000))
            trial.flush()
        if path.exists():
            path.open("r+b").close()
    except OSError as found:
        return OSError(found.errno, os.strerror(found.errno or errno.EIO), str(path))
    if full:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    return UserError(
        f"The cache {str(path)!r} cannot be opened or written ({error}); move away all files whose names "
        "begin with its name, or choose another output file."
    )


def put_aside(path: Path) -> Path:
    """Renames a damaged database, replacing one that was put aside before; returns the new path."""
    aside = path.with_name(path.name + ".damaged")
    path.replace(aside)
    for suffix in ("-wal", "-shm"):  # they belong to the old database and must not be applied to a new one
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return aside
