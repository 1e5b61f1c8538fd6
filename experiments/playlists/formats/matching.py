"""Finds the tracks of a playlist file in a catalogue."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path, PurePath

import numpy as np

from segue.experiments.playlists.formats.entry import Entry
from segue.features import Catalog
from segue.features.arrays import IntArray
from segue.features.catalog.identity.artists import artist_name, credited_artists
from segue.features.catalog.identity.recordings import title_of_recording

TOLERANCE = 3.0
"""Seconds by which the lengths of one recording may differ between programs."""


def match_entries(catalog: Catalog, entries: Sequence[Entry]) -> tuple[IntArray, list[Entry]]:
    """Finds entries in a catalogue by path, else by id, else by title, artist and duration.

    Paths are the same whatever their case and Unicode form. An entry whose path ends in the path of a track
    below the catalogue's folder, which names a folder too, is that track, so that lists of another machine
    match. By name an entry is found if title and an artist agree, and the lengths where both are known; of
    several the one with the nearest length. Without an artist the title must be that of one track alone.

    Args:
        catalog: The catalogue.
        entries: The entries of a playlist file.

    Returns:
        The rows of the catalogue in the order of the entries, and the entries that were not found.
    """
    index = _Index(catalog)
    found = [index.find(entry) for entry in entries]
    missing = [entry for entry, row in zip(entries, found, strict=True) if row < 0]
    return np.array([row for row in found if row >= 0], dtype=np.intp), missing


class _Index:
    """The tracks of a catalogue by path and by title."""

    def __init__(self, catalog: Catalog) -> None:
        self._tracks = catalog.tracks
        self._ids = {str(name): row for row, name in enumerate(catalog.ids)}
        self._root = catalog.root
        self._durations = (
            catalog.raw("duration") if catalog.has("duration") else np.full(len(catalog), np.nan)
        )

    def find(self, entry: Entry) -> int:
        """Returns the row of an entry, -1 if it is not found."""
        row = self._find_path(entry.path) if entry.path else -1
        if row < 0:
            # A list of tracks without files may name them by id alone.
            row = self._ids.get(entry.id or PurePath(entry.path).name, -1)
        return self._find_name(entry) if row < 0 and entry.title else row

    @cached_property
    def _by_path(self) -> dict[tuple[str, ...], int]:
        """Rows by the parts of the path below the catalogue's folder, and of the absolute path."""
        found: dict[tuple[str, ...], int] = {}
        root = _parts(str(Path(self._root).absolute())) if self._root else ()
        for row, path in enumerate(self._column("path")):
            if path:
                found.setdefault(_parts(path), row)
                found.setdefault((*root, *_parts(path)), row)
        return found

    def _find_path(self, path: str) -> int:
        """Finds the track whose path is the longest end of a path, of at least two parts."""
        parts = _parts(path)
        # A name alone, such as 01.mp3, says little of where it lies.
        ends = (parts[start:] for start in range(max(len(parts) - 1, 1)))
        return next((self._by_path[end] for end in ends if end in self._by_path), -1)

    @cached_property
    def _by_title(self) -> dict[str, list[int]]:
        """Rows by title."""
        found: dict[str, list[int]] = {}
        for row, title in enumerate(self._column("title")):
            if title:
                found.setdefault(_title(title), []).append(row)
        return found

    @cached_property
    def _artists(self) -> list[str]:
        return self._column("artist")

    def _find_name(self, entry: Entry) -> int:
        """Finds the track of this title, artist and duration."""
        rows = self._by_title.get(_title(entry.title), [])
        if entry.artist:
            wanted = _artist_names(entry.artist)
            rows = [row for row in rows if wanted & _artist_names(self._artists[row])]
        off = [abs(self._durations[row] - entry.duration) for row in rows]
        near = [
            (0.0 if math.isnan(by) else by, row)
            for by, row in zip(off, rows, strict=True)
            if not by > TOLERANCE
        ]
        if not near or (not entry.artist and len(near) > 1):
            return -1
        return min(near)[1]

    def _column(self, name: str) -> list[str]:
        """Returns a text column, `""` where it is missing."""
        if name not in self._tracks:
            return [""] * len(self._tracks)
        return [value if isinstance(value, str) else "" for value in self._tracks[name]]


def _parts(path: str) -> tuple[str, ...]:
    """Returns the parts of a path, without case and Unicode form."""
    same = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
    return tuple(part for part in re.split(r"[/\\]", same) if part not in ("", "."))


def _title(title: str) -> str:
    """Returns a title without marks of its release, case and Unicode form."""
    plain = unicodedata.normalize("NFKC", title_of_recording(unicodedata.normalize("NFKC", title)))
    return " ".join(plain.split())


def _artist_names(credit: str) -> set[str]:
    """Returns the artists in a credit, and the credit as a whole."""
    return {artist_name(credit), *credited_artists(credit)} - {""}
