"""XSPF, the XML Shareable Playlist Format, version 1 (https://www.xspf.org/spec)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from segue.experiments.playlists.formats.entry import Entry, seconds
from segue.experiments.playlists.formats.facts import TrackFacts, facts, one_line
from segue.experiments.playlists.formats.locations import Locations, resolved_uri
from segue.experiments.playlists.formats.syntax import parse_xml, xml_text
from segue.experiments.playlists.playlist import Playlist

NAMESPACE = "http://xspf.org/ns/0/"


def write(playlist: Playlist, locations: Locations) -> str:
    """Returns the text of an XSPF file; a track's annotation is the reason for the transition into it."""
    root = ElementTree.Element("playlist", {"version": "1", "xmlns": NAMESPACE})
    ElementTree.SubElement(root, "title").text = one_line(playlist.title)
    tracks = ElementTree.SubElement(root, "trackList")
    for track in facts(playlist):
        element = ElementTree.SubElement(tracks, "track")
        for name, value in track_fields(track, locations).items():
            ElementTree.SubElement(element, name).text = str(value)
    return xml_text(root)


def track_fields(track: TrackFacts, locations: Locations) -> dict[str, Any]:
    """Returns the elements of a track, which XSPF and JSPF share, without empty ones; `duration` is in ms."""
    duration = track.value("duration")
    number = track.value("track")
    fields = {
        "location": locations.uri(track.path),
        "title": track.title,
        "creator": track.text("artist"),
        "annotation": track.reason,
        "album": track.text("album"),
        "trackNum": int(number) if number >= 1 else "",
        "duration": "" if math.isnan(duration) else round(1000 * duration),
    }
    return {name: value for name, value in fields.items() if value != ""}


def read(content: bytes, folder: Path) -> list[Entry]:
    """Reads the entries of an XSPF file.

    Raises:
        UserError: It is not one.
    """
    root = parse_xml(content, "XSPF", "playlist")
    entries = []
    for element in root.iter():
        if _name(element) == "track":
            fields = {_name(child): (child.text or "").strip() for child in reversed(element)}
            entries.append(entry_of(fields, folder))
    return entries


def entry_of(fields: dict[str, Any], folder: Path) -> Entry:
    """Builds an entry from the elements of a track, as in XSPF and JSPF."""
    text = {name: str(fields.get(name) or "") for name in ("location", "title", "creator", "album")}
    return Entry(
        resolved_uri(text["location"], folder),
        text["title"],
        text["creator"],
        text["album"],
        seconds(fields.get("duration"), 1e-3),
    )


def _name(element: ElementTree.Element) -> str:
    """Returns the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]
