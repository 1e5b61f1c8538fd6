"""Files of playlists: reading and writing them by the ending of their names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from segue.experiments.playlists.playlist import Playlist
from segue.features.errors import UserError
from segue.features.yaml_reader import read_text


@dataclass(frozen=True)
class Entry:
    """A track as a playlist file names it; what it does not state is empty or NaN."""

    path: str = ""
    title: str = ""
    artist: str = ""
    duration: float = float("nan")


def read_playlist(path: Path) -> list[Entry]:
    """Reads the entries of an M3U8, CSV or JSON file.

    Raises:
        UserError: The file cannot be read.
    """
    text = read_text(path, f"Playlist {path}")
    if path.suffix.lower() == ".json":
        try:
            tracks = json.loads(text)["tracks"]
            return [Entry(t.get("path") or t["id"], t.get("title", ""), t.get("artist", "")) for t in tracks]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UserError(f"{path} is not a playlist of segue; write one with --out.") from None
    if path.suffix.lower() == ".csv":
        import csv

        rows = csv.DictReader(text.splitlines())
        return [
            Entry(r.get("path") or r.get("id") or "", r.get("title") or "", r.get("artist") or "")
            for r in rows
        ]
    if path.suffix.lower() not in (".m3u", ".m3u8"):
        raise UserError(f"{path} is not a playlist that can be read; use .m3u8, .csv or .json.")
    entries: list[Entry] = []
    title = ""
    for line in text.splitlines():
        if line.startswith("#EXTINF:"):
            title = line.partition(",")[2]
        elif line.strip() and not line.startswith("#"):
            artist, dash, name = title.partition(" - ")
            entries.append(Entry(line.strip(), name if dash else title, artist if dash else ""))
            title = ""
    return entries


def write_playlist(playlist: Playlist, path: Path) -> None:
    """Writes an M3U8, CSV or JSON file.

    Raises:
        UserError: The ending of the name is another one.
    """
    tracks = playlist.tracks
    where = tracks["path"].where(tracks["path"] != "", tracks["id"]) if "path" in tracks else tracks["id"]
    sentences = ["", *(transition.sentence for transition in playlist.transitions)]
    ending = path.suffix.lower()
    if ending == ".m3u8":
        lines = ["#EXTM3U"]
        for row, place in zip(tracks.to_dict("records"), where, strict=True):
            length = row.get("duration", -1)
            lines += [
                f"#EXTINF:{length if length > 0 else -1:.0f},{row['artist']} - {row['title']}",
                str(place),
            ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    elif ending == ".csv":
        tracks.assign(start=playlist.starts, reason=sentences).to_csv(path, index=False)
    elif ending == ".json":
        shown = tracks[["id", "title", "artist"]].assign(path=where, start=playlist.starts, reason=sentences)
        data = {"title": playlist.title, "utility": playlist.utility, "tracks": shown.to_dict("records")}
        path.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
    else:
        raise UserError(f"{path} is not a playlist that can be written; use .m3u8, .csv or .json.")
