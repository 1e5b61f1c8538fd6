"""JSON: everything that is known of a playlist, for programs."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np

from segue.experiments.playlists.formats.entry import Entry, seconds
from segue.experiments.playlists.formats.facts import TrackFacts, facts, number
from segue.experiments.playlists.formats.locations import Locations, resolved
from segue.experiments.playlists.formats.syntax import json_text, parse_tracks
from segue.experiments.playlists.playlist import Playlist, RunnerUp

NOT_LISTED = ("path", "title", "beats")
"""Columns of the catalogue that a track has in another form, or not at all."""


def write(playlist: Playlist, locations: Locations) -> str:
    """Returns the text of a JSON file: tracks with their columns, transitions and runners-up."""
    tracks = []
    for at, track in enumerate(facts(playlist)):
        entry: dict[str, Any] = {
            "position": track.number,
            "start": _plain(track.start),
            "path": locations.path(track.path),
            "title": track.title,
            "requested_energy": None if playlist.curve is None else _plain(playlist.curve[at]),
            "transition": _transition(playlist, at),
            "runners_up": [_runner_up(other, locations) for other in playlist.runners_up[at]],
            **{
                str(name): value
                for name, given in track.row.items()
                if name not in NOT_LISTED and (value := _plain(given)) is not None
            },
        }
        tracks.append(entry)
    content = {
        "title": playlist.title,
        "seconds": _plain(playlist.seconds),
        "utility": _plain(playlist.utility),
        "tracks": tracks,
    }
    return json_text(content)


def read(content: bytes, folder: Path) -> list[Entry]:
    """Reads the entries of a JSON file.

    Raises:
        UserError: It is not a list of segue.
    """
    entries = []
    for track in parse_tracks(content, "segue JSON", ("tracks",)):
        path, title, artist, album, id_ = (
            str(track.get(key) or "") for key in ("path", "title", "artist", "album", "id")
        )
        duration = seconds(track.get("duration"))
        entries.append(Entry(resolved(path, folder), title, artist, album, duration, id_))
    return entries


def _transition(playlist: Playlist, at: int) -> dict[str, Any] | None:
    """Returns the transition into a track; None for the first."""
    if at == 0:
        return None
    given = dataclasses.asdict(playlist.transitions[at - 1])
    cost = {name: _plain(value) for name, value in given.pop("cost").items()}
    return {
        "overlap": _plain(playlist.overlaps[at - 1]),
        **{name: _plain(value) for name, value in given.items()},
        "cost": cost,
    }


def _runner_up(other: RunnerUp, locations: Locations) -> dict[str, Any]:
    """Returns a track that could take the place of one."""
    track = TrackFacts(0, other.track, math.nan, "")
    found = {"id": track.text("id"), "title": track.title, "artist": track.text("artist")}
    return {**found, "path": locations.path(track.path), "cost": _plain(other.cost)}


def _plain(value: Any) -> Any:
    """Returns a value as JSON knows it; None for a missing one."""
    if isinstance(value, str | bool | np.bool_):
        return value if isinstance(value, str) else bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating) or value is None:
        real = number(value)
        return round(real, 6) if math.isfinite(real) else None
    return None
