"""What was computed, kept in one SQLite database: killed at any moment, it loses at most the last file."""

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
    """The result for one content: a track, or the reason why there is none."""

    track: Track | None
    reason: str = ""


class Cache:
    """Rows by content hash and extractor version; one process writes.

    A file that was renamed or moved keeps its row, since its content is the key. Paths are remembered
    with size and time of change only to spare hashing files that nobody touched.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(self.path)
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise UserError(
                f"The cache {str(self.path)!r} cannot be used ({error}): move it away, and a new one is made."
            ) from error

    def _prepare(self) -> None:
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
        """Content hash of a file whose size and time of change are as remembered, else None."""
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
        """Remembers the content hash of a file as it is now; of one that is gone meanwhile, nothing."""
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
        """The stored outcome, or None if this content was not analysed by this version."""
        found = self._db.execute(
            "SELECT reason, row, frames FROM results WHERE hash=? AND version=?", (content, version)
        ).fetchone()
        if found is None:
            return None
        reason, row, frames = found
        return Outcome(None, reason) if row is None else Outcome(Track(_loads(row), _unpack(frames)))

    def has(self, content: str, version: str) -> bool:
        """Whether an outcome is stored."""
        query = "SELECT 1 FROM results WHERE hash=? AND version=?"
        return self._db.execute(query, (content, version)).fetchone() is not None

    def put(self, content: str, version: str, outcome: Outcome) -> None:
        """Stores an outcome; when this returns, a killed process no longer loses it."""
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
