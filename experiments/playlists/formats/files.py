"""Playlist files by the ending of their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from segue.experiments.playlists.formats.entry import Entry
from segue.experiments.playlists.formats.locations import Locations
from segue.experiments.playlists.playlist import Playlist
from segue.features.errors import UserError, excerpt
from segue.features.existing_files import is_file, readable, what_else, write_whole


class Format(NamedTuple):
    """A format: its name, and the functions that write and read it."""

    write: Callable[[Playlist, Locations], str]
    read: Callable[[bytes, Path], list[Entry]]


FORMATS = {
    ".m3u8": "m3u",
    ".m3u": "m3u",
    ".xspf": "xspf",
    ".jspf": "jspf",
    ".csv": "table",
    ".json": "json_list",
    ".xml": "rekordbox",
}
"""Module of this folder by the ending of the file."""


def write_playlist(
    playlist: Playlist,
    path: str | Path,
    *,
    absolute: bool = False,
    path_map: Sequence[tuple[str, str]] = (),
) -> Path:
    """Writes a playlist in the format that the ending of the file's name says.

    Paths of tracks are relative to the file; in rekordbox XML they are always absolute.

    Args:
        playlist: The playlist.
        path: The file to write: .m3u8, .m3u, .xspf, .jspf, .csv, .json, or .xml for rekordbox.
        absolute: Whether to write absolute paths.
        path_map: Pairs of a folder here and the same folder on the machine that will play the list.

    Returns:
        `path`.

    Raises:
        UserError: The ending is unknown, the file exists, or a track cannot be written in this format.
    """
    target = Path(path)
    form = _format(target)
    if target.exists():
        raise UserError(f"{readable(target)} already exists; choose another output file.")
    absolute = absolute or target.suffix.lower() == ".xml"
    text = form.write(playlist, Locations(target.parent, absolute, tuple(path_map)))
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        name = error.object[max(0, error.start - 40) : error.end]
        raise UserError(
            f"The name of a file is not valid UTF-8 ({excerpt(name)!r}); "
            "rename it, or write the list as .xspf."
        ) from error
    with write_whole(target) as file:
        file.write(content)
    return target


def read_playlist(path: str | Path) -> list[Entry]:
    """Reads the tracks of a playlist file in order; paths in it become absolute.

    Args:
        path: A file of one of the formats that `write_playlist` writes.

    Raises:
        UserError: The file is missing, of an unknown format, damaged or empty.
    """
    source = Path(path)
    form = _format(source)
    if not is_file(source):  # reading a pipe would wait, and a device may never end
        other = what_else(source) or "does not exist"
        raise UserError(f"{readable(source)} cannot be read (it {other}); give a playlist file.")
    try:
        content = source.read_bytes()
    except OSError as error:
        raise UserError(
            f"{readable(source)} cannot be read ({error.strerror}); give a playlist file."
        ) from error
    try:
        entries = form.read(content, source.parent)
    except UserError as error:
        raise UserError(f"{readable(source)}: {error}") from error
    if not entries:
        raise UserError(f"{readable(source)} lists no track; give a playlist with tracks.")
    return entries


def check_format(path: Path) -> None:
    """Raises a UserError unless the ending of a file is that of a format."""
    _format(path)


def _format(path: Path) -> Format:
    """Returns the format of a file.

    Raises:
        UserError: The ending is unknown.
    """
    name = FORMATS.get(path.suffix.lower())
    if name is None:
        raise UserError(
            f"{readable(path.name)!r} is not a playlist by its ending; end it in one of: "
            f"{', '.join(FORMATS)}."
        )
    module = import_module(f"segue.experiments.playlists.formats.{name}")
    return Format(module.write, module.read)


def parse_path_map(pairs: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Parses pairs of folders such as `/music=/Volumes/Music`.

    Raises:
        UserError: A pair has no `=`, or one of its sides is not an absolute path.
    """
    found = []
    for pair in pairs:
        here, equals, there = pair.partition("=")
        if not (equals and here and there):
            raise UserError(
                f"{excerpt(pair)!r} is not a pair of folders; write FOLDER=FOLDER, such as "
                "/music=/Volumes/Music."
            )
        found.append((str(Path(here).expanduser().absolute()), there))
    return tuple(found)
