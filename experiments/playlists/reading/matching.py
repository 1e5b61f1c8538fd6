"""Finds the tracks of a catalogue that people and playlist files name."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path, PurePath

import numpy as np

from segue.experiments.playlists.formats.entry import Entry
from segue.features import Catalog
from segue.features.arrays import FloatArray, IntArray
from segue.features.catalog.identity.artists import artist_name, credited_artists
from segue.features.catalog.identity.recordings import title_of_recording
from segue.features.errors import UserError, excerpt

TOLERANCE = 3.0
"""Seconds by which the lengths of one recording may differ between programs."""


class TrackIndex:
    """Rows of a catalogue by everything that names them.

    Args:
        catalog: The catalogue.

    Attributes:
        ids: Row by id.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.ids = {str(id_): row for row, id_ in enumerate(catalog.ids)}

    def by_path(self, path: str) -> list[int]:
        """Returns the rows with a path, whatever its Unicode form, and its case if none has the same one.

        The path is absolute or starts from the catalogue's folder. A path that ends in the path of a track
        below that folder, which names a folder too, is that track, so that lists of another machine match.
        """
        parts = _parts(path)
        # A name alone, such as 01.mp3, says little of where it lies.
        ends = (parts[start:] for start in range(max(len(parts) - 1, 1)))
        rows = next((self._paths[end] for end in ends if end in self._paths), [])
        same = [row for row in rows if _composed(path).endswith(_composed(self._column("path")[row]))]
        return same or rows

    def by_name(self, title: str, artist: str = "") -> list[int]:
        """Returns the rows with a title and, if it is given, one of the artists.

        They are compared without case, accents, punctuation and marks of a release such as "Remastered 2009".
        """
        rows = self._titles.get(_title(title), []) if title else []
        wanted = _artists(artist) if artist else set()
        return [row for row in rows if not artist or wanted & _artists(self._column("artist")[row])]

    def differences(self, row: int, title: str, artist: str) -> int:
        """Returns how many of title and artist are written differently in a row, but for case."""
        names = ((title, "title"), (artist, "artist")) if artist else ((title, "title"),)
        return sum(
            _composed(given).casefold() != _composed(self._column(name)[row]).casefold()
            for given, name in names
        )

    @cached_property
    def durations(self) -> FloatArray:
        """Lengths in s, NaN where unknown, (n,)."""
        known = self._catalog.has("duration")
        return self._catalog.raw("duration") if known else np.full(len(self._catalog), np.nan)

    @cached_property
    def _paths(self) -> dict[tuple[str, ...], list[int]]:
        """Rows by the parts of the path below the catalogue's folder, and of the absolute path."""
        found: dict[tuple[str, ...], list[int]] = defaultdict(list)
        root = _parts(str(Path(self._catalog.root).absolute())) if self._catalog.root else ()
        for row, path in enumerate(self._column("path")):
            for parts in dict.fromkeys((_parts(path), (*root, *_parts(path)))) if path else ():
                found[parts].append(row)
        return dict(found)

    @cached_property
    def _titles(self) -> dict[str, list[int]]:
        """Rows by title."""
        found: dict[str, list[int]] = defaultdict(list)
        for row, title in enumerate(self._column("title")):
            if title:
                found[_title(title)].append(row)
        return dict(found)

    def _column(self, name: str) -> list[str]:
        """Returns a text column, `""` where it is missing."""
        if name not in self._columns:
            values = self._catalog.tracks[name] if name in self._catalog.tracks else [""] * len(self._catalog)
            self._columns[name] = [value if isinstance(value, str) else "" for value in values]
        return self._columns[name]

    @cached_property
    def _columns(self) -> dict[str, list[str]]:
        """Text columns that were read."""
        return {}


@lru_cache(maxsize=4)
def track_index(catalog: Catalog) -> TrackIndex:
    """Returns the index of a catalogue, made once."""
    return TrackIndex(catalog)


def find_track(catalog: Catalog, name: str, option: str) -> int:
    """Finds the track with an id, a path, a title, or `Artist - Title`.

    Args:
        catalog: The catalogue.
        name: As the user wrote it.
        option: The option, for messages.

    Raises:
        UserError: There is no such track, or there are several.
    """
    index = track_index(catalog)
    if name in index.ids:
        return index.ids[name]
    rows = index.by_path(name) if name.strip() else []
    if not rows:
        rows = _closest(index, name)
    if not rows and " - " in name:
        artist, _, title = name.partition(" - ")
        rows = _closest(index, title, artist)
    if not rows:
        raise UserError(
            f"{option} {excerpt(name)!r} names no track of catalogue {catalog.name!r}; give an id, a path, "
            "a title or 'Artist - Title'."
        )
    if len(rows) > 1:
        ids = ", ".join(str(catalog.ids[row]) for row in rows[:4])
        raise UserError(
            f"{option} {excerpt(name)!r} names {len(rows)} tracks; give the id of one of them ({ids})."
        )
    return rows[0]


def match_entries(catalog: Catalog, entries: Sequence[Entry]) -> tuple[IntArray, list[Entry]]:
    """Finds entries in a catalogue by path, else by id, else by title, artist and duration.

    By name an entry is found if title and an artist agree, and the lengths where both are known; of several
    the one with the nearest length. Without an artist the title must be that of one track alone. See
    `TrackIndex` for what counts as the same path and name.

    Args:
        catalog: The catalogue.
        entries: The entries of a playlist file.

    Returns:
        The rows of the catalogue in the order of the entries, and the entries that were not found.
    """
    index = track_index(catalog)
    found = [_row_of(index, entry) for entry in entries]
    missing = [entry for entry, row in zip(entries, found, strict=True) if row < 0]
    return np.array([row for row in found if row >= 0], dtype=np.intp), missing


def _closest(index: TrackIndex, title: str, artist: str = "") -> list[int]:
    """Returns the rows with a name that is written most like the given one."""
    rows = index.by_name(title, artist)
    fewest = min((index.differences(row, title, artist) for row in rows), default=0)
    return [row for row in rows if index.differences(row, title, artist) == fewest]


def _row_of(index: TrackIndex, entry: Entry) -> int:
    """Returns the row of an entry, -1 if it is not found."""
    rows = index.by_path(entry.path) if entry.path else []
    if rows:
        return rows[0]
    # A list of tracks without files may name them by id alone.
    row = index.ids.get(entry.id or PurePath(entry.path).name, -1)
    if row >= 0:
        return row
    near = []
    for row in index.by_name(entry.title, entry.artist):
        off = abs(index.durations[row] - entry.duration)
        if not off > TOLERANCE:
            off = 0.0 if math.isnan(off) else off
            near.append((off, index.differences(row, entry.title, entry.artist), row))
    if not near or (not entry.artist and len(near) > 1):
        return -1
    return min(near)[-1]


def _parts(path: str) -> tuple[str, ...]:
    """Returns the parts of a path, without case and Unicode form."""
    same = _composed(_composed(path).casefold())
    return tuple(part for part in re.split(r"[/\\]", same) if part not in ("", "."))


def _composed(text: str) -> str:
    """Returns a text in one Unicode form."""
    return unicodedata.normalize("NFC", text)


def _title(title: str) -> str:
    """Returns a title without marks of its release, case, accents and punctuation."""
    return artist_name(title_of_recording(unicodedata.normalize("NFKC", title)))


def _artists(credit: str) -> set[str]:
    """Returns the artists in a credit, and the credit as a whole."""
    return {artist_name(credit), *credited_artists(credit)} - {""}
