"""The analysis of one file, as a worker process does it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from segue.features.audio.decoders import AudioError
from segue.features.errors import shorten
from segue.features.extraction.cache import Outcome, is_stored
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


Result = tuple[str, Outcome | None]
"""The content hash, or `""` if the outcome is not to be cached; and the outcome, None if it is cached."""


def run_task(task: Task) -> Result:
    """Hashes and analyses one file."""
    content = ""
    try:
        content = content_hash(task.path)
        if _is_known(task.cache, content, task.version):
            return content, None
        return content, Outcome(analyse_track(task.path, task.melody))
    except AudioError as error:
        return content, Outcome(None, shorten(str(error)))
    except PermissionError:
        return "", Outcome(None, "cannot be read (permission denied)")
    except FileNotFoundError:
        return "", Outcome(None, "does not exist (possibly a broken link)")
    except OSError as error:
        return "", Outcome(None, f"cannot be read ({error.strerror})")
    except MemoryError:
        return "", Outcome(None, "needs more memory than one file may take")
    except Exception as error:
        # No file, however strange, may stop the analysis of the others.
        return content, Outcome(
            None, f"could not be analysed ({type(error).__name__}: {shorten(str(error))})"
        )


def _is_known(cache: str, content: str, version: str) -> bool:
    """Returns whether the cache has an outcome for this content."""
    # Opened for each file, since a connection must not be shared between processes.
    try:
        with closing(sqlite3.connect(f"file:{quote(cache)}?mode=ro", uri=True)) as db:
            return is_stored(db, content, version)
    except sqlite3.Error:
        # The cache may be out of reach on another machine; then the file is analysed again.
        return False
