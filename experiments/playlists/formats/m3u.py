"""M3U8: one path per line, in UTF-8, with the lines of Extended M3U that players read.

`#EXTINF` and `#PLAYLIST` are those of Winamp; `#EXTALB` and `#EXTART` name album and artist for players that
read them.
"""

from __future__ import annotations

import codecs
import math
import re
from pathlib import Path

from segue.experiments.playlists.formats.entry import Entry, seconds
from segue.experiments.playlists.formats.facts import TrackFacts, facts, one_line
from segue.experiments.playlists.formats.locations import Locations, resolved
from segue.experiments.playlists.playlist import Playlist
from segue.features.errors import UserError


def write(playlist: Playlist, locations: Locations) -> str:
    """Returns the text of an M3U8 file.

    Raises:
        UserError: A track has no file, or a name that a line cannot hold.
    """
    lines = ["#EXTM3U", f"#PLAYLIST:{one_line(playlist.title)}"]
    for track in facts(playlist):
        duration = track.value("duration")
        artist, album = track.text("artist"), track.text("album")
        name = " - ".join(part for part in (artist, track.title) if part)
        lines.append(f"#EXTINF:{-1 if math.isnan(duration) else round(duration)},{name}")
        lines += [f"#EXTART:{artist}"] if artist else []
        lines += [f"#EXTALB:{album}"] if album else []
        lines.append(_line(track, locations))
    return "\n".join([*lines, ""])


def _line(track: TrackFacts, locations: Locations) -> str:
    """Returns the line with the path of a track."""
    path = locations.path(track.path)
    if not path:
        raise UserError(
            f"{track.title!r} has no file, which an M3U8 list needs; write the list as .xspf, .json or .csv."
        )
    if len(path.splitlines()) != 1 or path != path.rstrip():
        raise UserError(
            f"The name {path!r} has a line break, or a space at its end, which an M3U8 list cannot hold; "
            "rename the file, or write the list as .xspf."
        )
    # A line that begins with # is a comment, and players drop spaces at its start.
    return f"./{path}" if path[0] == "#" or path[0].isspace() else path


def read(content: bytes, folder: Path) -> list[Entry]:
    """Reads the entries of an M3U8 or M3U file."""
    entries: list[Entry] = []
    known: dict[str, str] = {}
    # Other characters that Python takes for the end of a line may be part of a name.
    for line in re.split(r"\r\n|\r|\n", _decoded(content)):
        text = line.strip()
        if text.startswith("#"):
            tag, _, value = text.partition(":")
            known[tag.upper()] = value.strip()
        elif text:
            entries.append(_entry(text, known, folder))
            known = {}
    return entries


def _entry(location: str, known: dict[str, str], folder: Path) -> Entry:
    """Builds an entry from its path and the comments before it."""
    length, _, name = known.get("#EXTINF", "").partition(",")
    artist = known.get("#EXTART", "")
    if artist and name.startswith(f"{artist} - "):
        title = name.removeprefix(f"{artist} - ")
    elif not artist and " - " in name:
        artist, _, title = name.partition(" - ")
    else:
        title = name
    # Some players write attributes after the length, such as `123 tvg-id="x"`.
    duration = seconds((length.split() or [""])[0])
    return Entry(
        resolved(location, folder), title.strip(), artist.strip(), known.get("#EXTALB", ""), duration
    )


def _decoded(content: bytes) -> str:
    """Decodes a list as UTF-8, UTF-16 with its mark, or, as old M3U files are, Windows-1252."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
