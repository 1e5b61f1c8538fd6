"""rekordbox XML, which rekordbox and programs that exchange libraries with it import.

Attributes as in Pioneer's list of the format (https://rekordbox.com/en/support/developer/). The file is
written here: pyrekordbox, which the tests read it back with, turns the path `/a` into `file://localhost//a`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePath
from xml.etree import ElementTree

from segue import __version__
from segue.experiments.playlists.formats.entry import Entry, seconds
from segue.experiments.playlists.formats.facts import TrackFacts, facts, one_line
from segue.experiments.playlists.formats.locations import Locations, file_uri, resolved
from segue.experiments.playlists.formats.syntax import parse_xml, xml_text
from segue.experiments.playlists.mixing.beats import beat_grid, known_beats
from segue.experiments.playlists.playlist import Playlist
from segue.features.errors import UserError

_MEMORY_CUE = "-1"


def write(playlist: Playlist, locations: Locations) -> str:
    """Returns the text of a rekordbox XML file: the tracks, and one playlist with them in order.

    Raises:
        UserError: A track has no file.
    """
    root = ElementTree.Element("DJ_PLAYLISTS", Version="1.0.0")
    ElementTree.SubElement(root, "PRODUCT", Name="segue", Version=__version__, Company="")
    numbers = _numbers(playlist)
    collection = ElementTree.SubElement(root, "COLLECTION", Entries=str(len(set(numbers))))
    written = set()
    for track, number in zip(facts(playlist), numbers, strict=True):
        if number not in written:
            collection.append(_track(track, number, locations))
            written.add(number)
    top = ElementTree.SubElement(ElementTree.SubElement(root, "PLAYLISTS"), "NODE")
    top.attrib |= {"Type": "0", "Name": "ROOT", "Count": "1"}
    node = ElementTree.SubElement(top, "NODE", Name=one_line(playlist.title) or "segue", Type="1")
    node.attrib |= {"KeyType": "0", "Entries": str(len(numbers))}
    for number in numbers:
        ElementTree.SubElement(node, "TRACK", Key=str(number))
    return xml_text(root)


def _numbers(playlist: Playlist) -> list[int]:
    """Returns the number of every track from 1; a track that occurs twice has one number."""
    known: dict[str, int] = {}
    return [known.setdefault(track.path or f"{track.number}", len(known) + 1) for track in facts(playlist)]


def _track(track: TrackFacts, number: int, locations: Locations) -> ElementTree.Element:
    """Builds the element of a track in the collection."""
    path = locations.path(track.path)
    if not path:
        raise UserError(
            f"{track.title!r} has no file, which rekordbox needs; write the list as .xspf, .json or .csv."
        )
    duration, tempo, year = track.value("duration"), track.value("tempo"), track.value("year")
    attributes = {
        "TrackID": str(number),
        "Name": track.title,
        "Artist": track.text("artist"),
        "Album": track.text("album"),
        "Genre": track.text("genre"),
        "Kind": f"{PurePath(path).suffix[1:].upper()} File",
        "TotalTime": "" if math.isnan(duration) else str(round(duration)),
        "Year": str(int(year)) if year >= 1 else "",
        "AverageBpm": "" if math.isnan(tempo) else f"{tempo:.2f}",
        "Comments": track.reason,
        "Tonality": track.camelot,
        "Location": "file://localhost" + _with_drive(file_uri(path)),
    }
    element = ElementTree.Element("TRACK", {name: value for name, value in attributes.items() if value})
    element.extend(_grid(track))
    element.extend(_cues(track))
    return element


def _with_drive(uri: str) -> str:
    """Returns the path of a `file://` address, which for a share begins with its server."""
    rest = uri.removeprefix("file://")
    return rest if rest.startswith("/") else f"/{rest}"


def _grid(track: TrackFacts) -> Iterator[ElementTree.Element]:
    """Yields the beat grid: one element per stretch of steady tempo."""
    for start, tempo in beat_grid(known_beats(track.row)):
        yield ElementTree.Element(
            "TEMPO", Inizio=f"{start:.3f}", Bpm=f"{tempo:.2f}", Metro="4/4", Battito="1"
        )


def _cues(track: TrackFacts) -> Iterator[ElementTree.Element]:
    """Yields a memory cue and a hot cue where the intro ends and where the outro begins."""
    for slot, (name, column) in enumerate((("Intro ends", "intro_end"), ("Outro begins", "outro_start"))):
        time = track.value(column)
        if math.isfinite(time):
            for place in (_MEMORY_CUE, str(slot)):
                yield ElementTree.Element(
                    "POSITION_MARK", Name=name, Type="0", Start=f"{time:.3f}", Num=place
                )


def read(content: bytes, folder: Path) -> list[Entry]:
    """Reads the entries of the playlist in a rekordbox XML file, or of its collection if it has none.

    Raises:
        UserError: It is not such a file, or has several playlists.
    """
    root = parse_xml(content, "rekordbox XML", "DJ_PLAYLISTS")
    tracks = root.findall("COLLECTION/TRACK")
    by_key = {track.get(name, ""): track for name in ("Location", "TrackID") for track in tracks}
    nodes = [node for node in root.iter("NODE") if node.get("Type") == "1" and node.find("TRACK") is not None]
    if len(nodes) > 1:
        names = ", ".join(repr(node.get("Name", "")) for node in nodes)
        raise UserError(
            f"The file contains {len(nodes)} playlists ({names}); export the one that you mean as .m3u8, or "
            "delete the others from the file."
        )
    if nodes:
        keys = [key.get("Key", "") for key in nodes[0].findall("TRACK")]
        tracks = [by_key.get(key, ElementTree.Element("TRACK", Name=f"track {key}")) for key in keys]
    return [_entry(track, folder) for track in tracks]


def _entry(track: ElementTree.Element, folder: Path) -> Entry:
    """Builds an entry from a track of the collection."""
    title, artist, album = (track.get(name, "") for name in ("Name", "Artist", "Album"))
    path = resolved(track.get("Location", ""), folder)
    return Entry(os.fspath(path), title, artist, album, seconds(track.get("TotalTime")))
