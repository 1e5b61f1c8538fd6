"""Finds the tracks of a catalogue that people and other programs mean."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath

from segue.features import Catalog
from segue.features.catalog.identity.artists import artist_name, first_artist
from segue.features.errors import UserError, excerpt


class TrackIndex:
    """Rows of a catalogue by everything that names them.

    Args:
        catalog: The catalogue.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.ids = {str(id_): row for row, id_ in enumerate(catalog.ids)}
        self.paths: dict[str, list[int]] = defaultdict(list)
        self.titles: dict[str, list[int]] = defaultdict(list)
        tracks = catalog.tracks
        root = Path(catalog.root).absolute() if catalog.root else None
        paths = tracks["path"] if "path" in tracks else [""] * len(tracks)
        for row, (path, title) in enumerate(zip(paths, tracks["title"], strict=True)):
            if path:
                self.paths[_plain_path(path)].append(row)
                if root is not None:
                    self.paths[_plain_path(str(root / path))].append(row)
            if title:
                self.titles[artist_name(title)].append(row)

    def by_path(self, path: str) -> list[int]:
        """Returns the rows with a path: the whole one, or one that ends with it or that it ends with."""
        plain = _plain_path(path)
        if plain in self.paths:
            return self.paths[plain]
        parts = plain.split("/")
        for start in range(1, len(parts)):
            if found := self.paths.get("/".join(parts[start:])):
                return found
        return []

    def by_title(self, title: str, artist: str = "") -> list[int]:
        """Returns the rows with a title and, if it is known, a first artist."""
        rows = self.titles.get(artist_name(title), []) if title else []
        if not artist:
            return rows
        wanted = first_artist(artist)
        return [row for row in rows if first_artist(self.catalog.tracks["artist"].iat[row]) == wanted]


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
        rows = index.by_title(name)
    if not rows and " - " in name:
        artist, _, title = name.partition(" - ")
        rows = index.by_title(title, artist)
    rows = sorted(set(rows))
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


def _plain_path(path: str) -> str:
    """Returns a path with `/`, in one Unicode form and without `.` parts; Windows paths without a drive."""
    text = unicodedata.normalize("NFC", path)
    windows = "\\" in text or text[1:2] == ":"
    pure = PureWindowsPath(text).as_posix() if windows else PurePosixPath(text).as_posix()
    return pure.split(":", 1)[-1] if windows else pure
