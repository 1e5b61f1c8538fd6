"""What a playlist should be: the options of `segue playlist`, also as keys of a YAML file."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.features.errors import UserError, excerpt, unknown_name
from segue.features.yaml_reader import read_yaml

MOST_TRACKS = 1000
"""Longest playlist."""


@dataclass(frozen=True)
class PlaylistRequest:
    """A request for a playlist; every constraint in it is kept, or there is no playlist.

    A track is named by its id, its path, its title or `Artist - Title`.

    Attributes:
        tracks: Number of tracks.
        duration: Length of the set, overlaps counted once, such as `"90m"` or seconds.
        tolerance: By how much the length may differ, such as `"1m"` or seconds.
        curve: Energy curve: a name, points such as `"0:0.3,0.6:0.9,1:0.4"`, or a playlist file; by default
            that of the listener.
        first: The first track.
        last: The last track.
        include: Tracks that must be played.
        at: Tracks at a position or a time: `"5=TRACK"` is the fifth track, `"45m=TRACK"` plays at 45 minutes.
        exclude: Tracks that must not be played.
        where: Filters on the columns of the catalogue, all of which must hold; see `where.py`.
        artist_gap: Fewest tracks between two by the same artist, or a time such as `"20m"`.
        album_gap: The same for albums.
        versions: Whether several versions of one recording may be played.
        max_tempo_change: Largest change of tempo from track to track in %.
        half_double: Whether half and double time count as the same tempo.
        keys: Which key may follow which: `any`, `same`, `camelot` (the same, one step around the wheel, or
            the other mode), or a table from each Camelot code to those that may follow, also as a YAML file.
        key_violations: Transitions that may break that rule.
        overlap: Longest overlap of two tracks in seconds.
        listener: A preset's name, its YAML file, or a dictionary of a preset's form.
        like: Tracks or playlist files that the listener likes.
        for_listener: A listener of the log that a fitted `listener` comes from, whose own taste is then used;
            the key is `for`.
        reorder: A playlist whose tracks are kept and reordered; a file, or a list of tracks.
        complete: A playlist whose tracks are kept in their order, the first and last ones at the ends, and
            between which others are filled in.
        seed: Seed of the search; the same one gives the same list.
        title: Title of the playlist.
    """

    tracks: int | None = None
    duration: str | float | None = None
    tolerance: str | float = 60.0
    curve: Any = None
    first: str | None = None
    last: str | None = None
    include: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    artist_gap: str | int = 0
    album_gap: str | int = 0
    versions: bool = False
    max_tempo_change: float | None = None
    half_double: bool = True
    keys: Any = "any"
    key_violations: int = 0
    overlap: float = 12.0
    listener: Any = "djset"
    like: tuple[str, ...] = ()
    for_listener: str | None = None
    reorder: Any = None
    complete: Any = None
    seed: int = 0
    title: str = "Playlist"

    @classmethod
    def of(cls, source: PlaylistRequest | Mapping[str, Any] | str | Path) -> PlaylistRequest:
        """Returns a request from a dictionary or a YAML file, whose keys may have dashes.

        Raises:
            UserError: A key is unknown, or a value is of a wrong type.
        """
        if isinstance(source, PlaylistRequest):
            return source
        if isinstance(source, str | Path):
            source = read_yaml(Path(source), f"Request {source}").data or {}
        if not isinstance(source, Mapping):
            raise UserError("A request must be a mapping of keys such as `tracks: 30`.")
        fields = {field.name: field for field in dataclasses.fields(cls)}
        values: dict[str, Any] = {}
        for key, value in source.items():
            name = "for_listener" if key == "for" else str(key).replace("-", "_")
            if name not in fields:
                raise unknown_name("key of a request", str(key), [n.replace("_", "-") for n in fields])
            if value is not None:
                values[name] = _checked(name, value, fields[name].default)
        return cls(**values)

    def replaced(self, changes: Mapping[str, Any]) -> PlaylistRequest:
        """Returns this request with some values replaced."""
        return dataclasses.replace(self, **changes)


def _checked(name: str, value: Any, default: Any) -> Any:
    """Returns a value of a key: one text stands for a list of one.

    Raises:
        UserError: It is of a wrong type.
    """
    key = name.replace("_", "-")
    if isinstance(default, tuple):
        items = value if isinstance(value, list | tuple) else [value]
        if name == "at" and isinstance(value, Mapping):
            items = [f"{place}={track}" for place, track in value.items()]
        if not all(isinstance(item, str | int) and not isinstance(item, bool) for item in items):
            raise UserError(f"The key {key} must be text or a list of texts, but is {excerpt(value)!r}.")
        return tuple(map(str, items))
    if isinstance(default, bool) and not isinstance(value, bool):
        raise UserError(f"The key {key} must be true or false, but is {excerpt(value)!r}.")
    if name in ("first", "last", "title", "for_listener"):
        if isinstance(value, bool | Mapping | list | tuple):
            raise UserError(f"The key {key} must be text, but is {excerpt(value)!r}.")
        return str(value)
    return value
