"""Where the tracks of a playlist lie: paths and addresses as they are written in its file."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import quote, unquote_to_bytes, urlsplit

from segue.features.errors import UserError

_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\\\")
"""How an absolute path of Windows begins."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
"""How an address begins: with at least two letters, as one is a drive."""


@dataclass(frozen=True)
class Locations:
    """How the paths of tracks are written.

    Attributes:
        folder: Folder of the playlist file, which relative paths start from.
        absolute: Whether paths are absolute.
        path_map: Pairs of a folder here and the same folder on the machine that will play the list; its paths
            are absolute and every track must be below one of these folders.
    """

    folder: Path
    absolute: bool = False
    path_map: Sequence[tuple[str, str]] = ()

    def path(self, track: str) -> str:
        """Returns the path of a track as text; `""` for a track without a file.

        Raises:
            UserError: It is below none of the folders of `path_map`.
        """
        if not track:
            return ""
        if self.path_map:
            return self._mapped(track)
        if self.absolute or is_windows_path(track):
            return track
        return _relative(track, self.folder)

    def uri(self, track: str) -> str:
        """Returns the address of a track: relative to the playlist file, or `file://…`; see `path`."""
        path = self.path(track)
        if not path:
            return ""
        if path.startswith("/") or is_windows_path(path):
            return file_uri(path)
        encoded = _quoted(path)
        # A colon before the first slash would end the scheme of an address (RFC 3986, section 4.2).
        return f"./{encoded}" if ":" in encoded.split("/")[0] else encoded

    def _mapped(self, track: str) -> str:
        """Returns a path on the other machine."""
        here = _pure(track)
        for folder, other in self.path_map:
            if here.is_relative_to(_pure(folder)):
                return str(_pure(other).joinpath(*here.relative_to(_pure(folder)).parts))
        folders = ", ".join(folder for folder, _ in self.path_map)
        raise UserError(
            f"{track!r} is not below {folders}; add the folder that contains it to the map, as FOLDER=FOLDER."
        )


def is_windows_path(path: str) -> bool:
    r"""Returns whether this is an absolute path of Windows, such as `C:\Music\a.mp3`."""
    return _DRIVE.match(path) is not None


def file_uri(path: str) -> str:
    """Returns the `file://` address of an absolute path of this system or of Windows."""
    if not is_windows_path(path):
        return f"file://{_quoted(path)}"
    slashed = path.replace("\\", "/")
    if slashed.startswith("//"):  # \\server\share
        return f"file:{_quoted(slashed)}"
    return f"file:///{slashed[:2]}{_quoted(slashed[2:])}"


def resolved(location: str, folder: Path) -> str:
    """Returns what a playlist file says of a track's place as an absolute path or the address of a stream.

    Args:
        location: A path or an address, relative or not; a path may use backslashes.
        folder: Folder of the playlist file.
    """
    if is_windows_path(location) or not location:
        return location
    if location[:5].lower() == "file:":
        return _path_of_uri(location)
    if "://" in location and _SCHEME.match(location):
        return location
    if "\\" in location and not (folder / location).exists():
        location = location.replace("\\", "/")
    return _absolute(location, folder)


def resolved_uri(uri: str, folder: Path) -> str:
    """Returns what an address says of a track's place; see `resolved`."""
    # An address has no backslash; some programs write a path instead.
    if not uri or _SCHEME.match(uri) or "\\" in uri:
        return resolved(uri, folder)
    return _absolute(_unquoted(uri), folder)


def _absolute(path: str, folder: Path) -> str:
    """Returns a path, relative to a folder or not, as an absolute one."""
    return os.path.normpath(folder.absolute() / path)


def _path_of_uri(uri: str) -> str:
    """Returns the path that a `file:` address stands for."""
    parts = urlsplit(uri.replace("\\", "/"))
    rest = uri.replace("\\", "/")[5:]
    # A file name may contain `#` and `?` unquoted, as some programs write it.
    path = _unquoted(rest.removeprefix("//")[len(parts.netloc) :] if rest.startswith("//") else rest)
    if parts.netloc and parts.netloc.lower() != "localhost":
        return "\\\\" + parts.netloc + path.replace("/", "\\")
    path = re.sub(r"^//+", "/", path)
    return path[1:] if is_windows_path(path[1:]) else path


def _relative(track: str, folder: Path) -> str:
    """Returns the path of a file from a folder; absolute if they are on different drives."""
    try:
        path = os.path.relpath(track, folder.absolute())
    except ValueError:
        return track
    return path.replace(os.sep, "/")


def _pure(path: str) -> PurePosixPath | PureWindowsPath:
    """Returns a path of whichever system it is written for."""
    return PureWindowsPath(path) if is_windows_path(path) else PurePosixPath(os.path.normpath(path))


def _quoted(path: str) -> str:
    """Percent-encodes the bytes of a path, all but its slashes and colons."""
    return quote(os.fsencode(path), safe="/:")


def _unquoted(text: str) -> str:
    """Decodes percent-encoded bytes."""
    return os.fsdecode(unquote_to_bytes(text))
