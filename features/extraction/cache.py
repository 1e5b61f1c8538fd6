"""The cache of analysed files, an SQLite database; a killed process loses at most the file in progress."""

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
from segue.features.extraction.track import Track

_LAYOUT = 1


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
    modification time only to avoid hashing unchanged files again.

    Args:
        path: The database; created if missing, together with its folder.

    Raises:
        UserError: The file is not a cache, or a cache of another layout.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(self.path)
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise UserError(
                f"The cache {str(self.path)!r} cannot be used ({error}); move it away to start a new one."
            ) from error

    def _prepare(self) -> None:
        """Creates the tables, or checks the layout of an existing database."""
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        (layout,) = self._db.execute("PRAGMA user_version").fetchone()
        if layout not in (0, _LAYOUT):
            raise sqlite3.DatabaseError(f"its layout is {layout}, not {_LAYOUT}")
        with self._db:
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS files (path BLOB PRIMARY KEY, size INT, mtime INT, hash TEXT)"
            )
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS results "
                "(hash TEXT, version TEXT, reason TEXT, row TEXT, frames BLOB, PRIMARY KEY (hash, version))"
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
            stat = path.stat()
        except OSError:
            return None
        found = self._db.execute(
            "SELECT hash FROM files WHERE path=? AND size=? AND mtime=?",
            (os.fsencode(path.absolute()), stat.st_size, stat.st_mtime_ns),
        ).fetchone()
        return None if found is None else str(found[0])

    def remember_file(self, path: Path, content: str) -> None:
        """Stores the content hash of a file with its current size and time, unless it has vanished."""
        try:
            stat = path.stat()
        except OSError:
            return
        with self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
                (os.fsencode(path.absolute()), stat.st_size, stat.st_mtime_ns, content),
            )

    def get(self, content: str, version: str) -> Outcome | None:
        """Returns the stored outcome, or None if this version has not analysed this content."""
        found = self._db.execute(
            "SELECT reason, row, frames FROM results WHERE hash=? AND version=?", (content, version)
        ).fetchone()
        if found is None:
            return None
        reason, row, frames = found
        return Outcome(None, reason) if row is None else Outcome(Track(_loads(row), _unpack(frames)))

    def has(self, content: str, version: str) -> bool:
        """Returns whether an outcome is stored."""
        query = "SELECT 1 FROM results WHERE hash=? AND version=?"
        return self._db.execute(query, (content, version)).fetchone() is not None

    def put(self, content: str, version: str, outcome: Outcome) -> None:
        """Stores an outcome; once this returns, the outcome survives a kill."""
        track = outcome.track
        row, frames = (None, None) if track is None else (_dumps(track.row), _pack(track.frames))
        with self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?)",
                (content, version, outcome.reason, row, frames),
            )


def _dumps(row: dict[str, Any]) -> str:
    return json.dumps(
        {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
    )


def _loads(row: str) -> dict[str, Any]:
    return {k: float("nan") if v is None else v for k, v in json.loads(row).items()}


def _pack(frames: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **frames)
    return buffer.getvalue()


def _unpack(data: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(data)) as stored:
        return {name: stored[name] for name in stored.files}
