"""The cache of analysed files, an SQLite database; a killed process loses at most the file in progress."""

import hashlib
import io
import json
import math
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from segue.features.errors import UserError
from segue.features.existing_files import is_file, make_folder, what_else
from segue.features.extraction.cache_errors import DamagedCacheError, explained
from segue.features.extraction.track import Track

_LAYOUT = 2
"""Version of the tables; those of layout 1 had no checksums and results of an older analysis only."""


FileState = tuple[int, int]
"""Size in bytes and modification time in ns of a file."""


def file_state(path: Path) -> FileState:
    """Returns the state of a file, which differs once the file has been written to.

    Raises:
        OSError: There is no such file.
    """
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


@dataclass(frozen=True)
class Outcome:
    """The result of analysing one content.

    Attributes:
        track: The track; None if the content has no usable audio.
        reason: Why there is no track; continues a sentence that starts with the path.
    """

    track: Track | None
    reason: str = ""


class Cache:
    """Outcomes by content hash and extractor version; only one process may write.

    A renamed or moved file keeps its outcome, since the content is the key. Paths are stored with size and
    modification time only to avoid hashing unchanged files again. An outcome that differs from its checksum
    counts as not stored.

    Args:
        path: The database; created if missing, together with its folder.

    Raises:
        UserError: The file is not a cache, a cache of another layout, or in use.
        DamagedCacheError: The file is damaged beyond single outcomes; so does every method.
        OSError: The disk is full or must not be written to; so does every method.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        make_folder(self.path.parent)
        if not is_file(self.path) and (other := what_else(self.path)):
            raise UserError(f"The cache {str(self.path)!r} {other}; move it away to start a new one.")
        with explained(self.path):
            self._db = sqlite3.connect(self.path)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def _prepare(self) -> None:
        """Creates the tables, or checks the layout of an existing database."""
        (layout,) = self._db.execute("PRAGMA user_version").fetchone()
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if layout not in (0, 1, _LAYOUT) or (layout == 0 and tables):
            raise UserError(
                f"The cache {str(self.path)!r} cannot be used (its layout is {layout}, not {_LAYOUT}); "
                "move it away to start a new one."
            )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")  # all of this, or nothing
            if layout == 1:
                self._db.execute("DROP TABLE IF EXISTS results")
                self._db.execute("DROP TABLE IF EXISTS files")
            # Without row numbers there is no index beside the table, which damage could set against it.
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS files (path BLOB PRIMARY KEY, size INT, mtime INT, hash TEXT) "
                "WITHOUT ROWID"
            )
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS results (hash TEXT, version TEXT, reason BLOB, row BLOB, "
                "frames BLOB, checksum BLOB, PRIMARY KEY (hash, version)) WITHOUT ROWID"
            )
            self._db.execute(f"PRAGMA user_version={_LAYOUT}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the database."""
        self._db.close()

    def known_hash(self, path: Path) -> str | None:
        """Returns the stored content hash of a file; None if its size or modification time has changed."""
        try:
            size, time = file_state(path)
        except OSError:
            return None
        with explained(self.path):
            found = self._db.execute(
                "SELECT hex(hash) FROM files WHERE path=? AND size=? AND mtime=?",
                (os.fsencode(path.absolute()), size, time),
            ).fetchone()
        return None if found is None else bytes.fromhex(found[0]).decode("ascii", "replace")

    def remember_file(self, path: Path, content: str, state: FileState) -> None:
        """Stores the content hash of a file with the state in which it was hashed."""
        with explained(self.path), self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
                (os.fsencode(path.absolute()), *state, content),
            )

    def get(self, content: str, version: str) -> Outcome | None:
        """Returns the stored outcome, or None if this version has not analysed this content."""
        with explained(self.path):
            found = _stored(self._db, content, version)
        if found is None:
            return None
        reason, row, frames = found
        if row is None or frames is None:
            return Outcome(None, reason.decode())
        return Outcome(Track(_loads(row), _unpack(frames)))

    def has(self, content: str, version: str) -> bool:
        """Returns whether an outcome is stored."""
        with explained(self.path):
            return is_stored(self._db, content, version)

    def put(self, content: str, version: str, outcome: Outcome) -> None:
        """Stores an outcome; once this returns, the outcome survives a kill."""
        track, reason = outcome.track, outcome.reason.encode("utf-8", "backslashreplace")
        row, frames = (None, None) if track is None else (_dumps(track.row), _pack(track.frames))
        values = (content, version, reason, row, frames, _checksum(content, version, reason, row, frames))
        with explained(self.path), self._db:
            self._db.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?)", values)
            if _stored(self._db, content, version) != (reason, row, frames):
                # Among damaged keys a search may end elsewhere than an insertion.
                raise DamagedCacheError(self.path, "a result that was stored is not found")


def is_stored(db: sqlite3.Connection, content: str, version: str) -> bool:
    """Returns whether a database has an undamaged outcome of this version for this content."""
    return _stored(db, content, version) is not None


def _stored(
    db: sqlite3.Connection, content: str, version: str
) -> tuple[bytes, bytes | None, bytes | None] | None:
    """Returns reason, row and frames as stored; None if they are lacking or damaged."""
    query = "SELECT reason, row, frames, checksum FROM results WHERE hash=? AND version=?"
    try:
        found = db.execute(query, (content, version)).fetchone()
    except sqlite3.OperationalError as error:
        if "decode" in str(error):  # damage has turned bytes into a text that is not one
            return None
        raise
    if found is None or not all(value is None or isinstance(value, bytes) for value in found):
        return None
    reason, row, frames, checksum = found
    intact = reason is not None and checksum == _checksum(content, version, reason, row, frames)
    return (reason, row, frames) if intact else None


def _checksum(content: str, version: str, *values: bytes | None) -> bytes:
    """Returns a hash of everything in a row of the results."""
    digest = hashlib.blake2b(digest_size=16)
    for value in (content.encode(), version.encode(), *values):
        digest.update(b"-" if value is None else b"%d:%s" % (len(value), value))
    return digest.digest()


def _dumps(row: dict[str, Any]) -> bytes:
    known = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
    return json.dumps(known).encode()


def _loads(row: bytes) -> dict[str, Any]:
    return {k: float("nan") if v is None else v for k, v in json.loads(row).items()}


def _pack(frames: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **frames)
    return buffer.getvalue()


def _unpack(data: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(data)) as stored:
        return {name: stored[name] for name in stored.files}
