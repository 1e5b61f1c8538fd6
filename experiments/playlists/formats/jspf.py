"""JSPF: XSPF in JSON (https://www.xspf.org/jspf)."""

from __future__ import annotations

from pathlib import Path

from segue.experiments.playlists.formats.entry import Entry
from segue.experiments.playlists.formats.facts import facts, one_line
from segue.experiments.playlists.formats.locations import Locations
from segue.experiments.playlists.formats.syntax import json_text, parse_tracks
from segue.experiments.playlists.formats.xspf import entry_of, track_fields
from segue.experiments.playlists.playlist import Playlist


def write(playlist: Playlist, locations: Locations) -> str:
    """Returns the text of a JSPF file."""
    tracks = [track_fields(track, locations) for track in facts(playlist)]
    # A track may lie in several places, so its location is a list.
    listed = [
        {**track, "location": [track["location"]]} if "location" in track else track for track in tracks
    ]
    return json_text({"playlist": {"title": one_line(playlist.title), "track": listed}})


def read(content: bytes, folder: Path) -> list[Entry]:
    """Reads the entries of a JSPF file.

    Raises:
        UserError: It is not one.
    """
    entries = []
    for track in parse_tracks(content, "JSPF", ("playlist", "track")):
        location = track.get("location")
        first = location[0] if isinstance(location, list) and location else location
        entries.append(entry_of({**track, "location": first}, folder))
    return entries
