"""The rows of a catalogue, collected from the cache a thousand at a time."""

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from segue.features.extraction.cache import Cache
from segue.features.extraction.cache_errors import DamagedCacheError
from segue.features.extraction.path_tags import numbered_folders, tags_from_path

_CHUNK = 1000
_ROUNDING = 0.1  # s; clips "of 30 s" often last 29.98
_FRAMES = ("beats", "boundaries", "energy_curve", "mfcc_cov")
_NOT_IN_A_LINE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")


@dataclass(frozen=True)
class ExtractionResults:
    """The analysed contents of a folder.

    Attributes:
        tracks: One row per track.
        frames: `id` and the list columns in `_FRAMES`, one row per track.
        failures: (path, reason) of each file without usable audio.
        short: (path, reason) of each file that is too short for a track.
    """

    tracks: pd.DataFrame
    frames: pa.Table
    failures: list[tuple[str, str]]
    short: list[tuple[str, str]]


def collect_results(
    root: Path,
    paths: list[Path],
    hashes: dict[Path, str],
    unopened: dict[Path, str],
    cache: Cache,
    version: str,
    min_duration: float,
) -> ExtractionResults:
    """Collects the cached outcomes of all files, in the order of their paths.

    Args:
        root: The extracted folder.
        paths: Its audio files.
        hashes: Content hash of each file that could be opened.
        unopened: Reason for each file that could not be opened.
        cache: Contains an outcome for each hash.
        version: Version of the analysis.
        min_duration: Length in s of the shortest track.
    """
    # The rows of a large library would fill the memory as Python objects, so they are packed in chunks.
    tables: list[pd.DataFrame] = []
    frames: list[pa.Table] = []
    rows: list[dict[str, Any]] = []
    lists: dict[str, list[Any]] = {name: [] for name in ("id", *_FRAMES)}
    failures: list[tuple[str, str]] = []
    short: list[tuple[str, str]] = []
    copies: dict[str, int] = {}
    numbered = numbered_folders(path.relative_to(root) for path in paths)
    for path in paths:
        relative = path.relative_to(root)
        outcome = cache.get(hashes[path], version) if path in hashes else None
        if path in hashes and outcome is None:
            raise DamagedCacheError(cache.path, "a result that was stored is not found")
        if outcome is None or outcome.track is None:
            failures.append((path_text(relative), outcome.reason if outcome else unopened[path]))
            continue
        if (duration := outcome.track.row["duration"]) < min_duration - _ROUNDING:
            reason = f"lasts {duration:.3g} s, less than a track's {min_duration:g} s (--min-duration)"
            short.append((path_text(relative), reason))
            continue
        name = _unique_id(hashes[path], copies)
        where = {"id": name, "path": path_text(relative), "content_hash": hashes[path]}
        guessed = tags_from_path(outcome.track.row, relative, relative.parent in numbered)
        rows.append(where | outcome.track.row | guessed)
        lists["id"].append(name)
        for column in _FRAMES:
            lists[column].append(outcome.track.frames[column].astype(np.float32))
        if len(rows) == _CHUNK:
            _pack(rows, lists, tables, frames)
    _pack(rows, lists, tables, frames)
    tracks = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return ExtractionResults(tracks, pa.concat_tables(frames) if frames else pa.table({}), failures, short)


def _pack(
    rows: list[dict[str, Any]],
    lists: dict[str, list[Any]],
    tables: list[pd.DataFrame],
    frames: list[pa.Table],
) -> None:
    """Moves rows to a new table and lists to a new frames table, leaving both empty."""
    if rows:
        tables.append(pd.DataFrame(rows))
        types = {"id": pa.string()} | {name: pa.list_(pa.float32()) for name in _FRAMES}
        frames.append(pa.table({name: pa.array(values, types[name]) for name, values in lists.items()}))
    rows.clear()
    for values in lists.values():
        values.clear()


def _unique_id(content: str, copies: dict[str, int]) -> str:
    """Shortens a content hash to an id; further copies of the same content are numbered."""
    copies[content] = copies.get(content, 0) + 1
    return content[:16] + (f"-{copies[content]}" if copies[content] > 1 else "")


def path_text(path: PurePath) -> str:
    """Returns a path as one line of text, in which it stands as it is.

    Only control characters, separators of lines and bytes that are not UTF-8 become escapes.
    """
    text = os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
    return _NOT_IN_A_LINE.sub(_escape, text)


def _escape(character: re.Match[str]) -> str:
    r"""Returns the escape of a character, such as `\x1b`."""
    return character[0].encode("unicode_escape").decode()
