"""The analysis of one file, as a worker process does it."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from segue.features.audio.decoders import AudioError
from segue.features.errors import shorten
from segue.features.extraction.cache import FileState, Outcome, file_state, is_stored
from segue.features.extraction.track import analyse_track, content_hash


@dataclass(frozen=True)
class Task:
    """One file to analyse.

    Attributes:
        path: The file.
        version: Version of the analysis.
        cache: Path of the cache, which may know the content under another path already.
        melody: Whether to track the melody too.
    """

    path: Path
    version: str
    cache: str
    melody: bool


@dataclass(frozen=True)
class Result:
    """What has become of a task.

    Attributes:
        content: The content hash, or `""` if the outcome is not to be cached.
        outcome: The outcome, None if it is cached.
        state: The state in which the file was read.
    """

    content: str
    outcome: Outcome | None
    state: FileState = (0, 0)


def not_cached(reason: str) -> Result:
    """Returns the result for a file without a track, which the next extraction tries again."""
    return Result("", Outcome(None, reason))


def run_task(task: Task) -> Result:
    """Hashes and analyses one file."""
    try:
        state = file_state(task.path)
        content, outcome = _analyse(task)
        if file_state(task.path) != state:
            return not_cached("has changed while it was analysed; run the same command again")
        return Result(content, outcome, state)
    except PermissionError:
        return not_cached("cannot be read (permission denied)")
    except FileNotFoundError:
        return not_cached("does not exist (possibly a broken link)")
    except OSError as error:
        return not_cached(f"cannot be read ({error.strerror})")
    except MemoryError:
        return not_cached("needs more memory than one file may take")
    except Exception as error:
        # No file, however strange, may stop the analysis of the others.
        return not_cached(f"could not be analysed ({type(error).__name__}: {shorten(str(error))})")


def _analyse(task: Task) -> tuple[str, Outcome | None]:
    """Hashes a file, and analyses it unless the cache has the outcome; see `Result`."""
    content = ""
    try:
        content = content_hash(task.path)
        if _is_known(task.cache, content, task.version):
            return content, None
        return content, Outcome(analyse_track(task.path, task.melody))
    except AudioError as error:
        return content, Outcome(None, shorten(str(error)))


def _is_known(cache: str, content: str, version: str) -> bool:
    """Returns whether the cache has an outcome for this content."""
    # Opened for each file, since a connection must not be shared between processes.
    try:
        with closing(sqlite3.connect(f"file:{quote(os.fsencode(cache))}?mode=ro", uri=True)) as db:
            return is_stored(db, content, version)
    except sqlite3.Error:
        # The cache may be out of reach on another machine; then the file is analysed again.
        return False
