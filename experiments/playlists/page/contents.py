"""What the page of a playlist shows: texts, numbers and sounds."""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path
from typing import Any

from segue.experiments.formatting import duration, number
from segue.experiments.playlists.formats.facts import TrackFacts, facts
from segue.experiments.playlists.mixing.render import encoded_previews
from segue.experiments.playlists.playlist import Playlist

PREVIEW_TYPE = "audio/mpeg"


def rows_of(playlist: Playlist) -> list[dict[str, Any]]:
    """Returns the tracks as the page lists them, each with the transition into it and its runners-up."""
    rows = []
    for at, track in enumerate(facts(playlist)):
        cost = playlist.transitions[at - 1].cost if at else {}
        rows.append(
            {
                **track_entry(track),
                "start": clock(track.start),
                "reason": track.reason,
                "cost": number(sum(cost.values())) if cost else "",
                "parts": [
                    f"{name.rpartition('.')[2].replace('_', ' ')} {number(value)}"
                    for name, value in _largest(cost)
                ],
                "runners_up": [
                    {**track_entry(TrackFacts(0, other.track, math.nan, "")), "cost": number(other.cost)}
                    for other in playlist.runners_up[at]
                ],
            }
        )
    return rows


def track_entry(track: TrackFacts) -> dict[str, Any]:
    """Returns what the page says of a track; numbers are None where they are unknown."""
    return {
        "title": track.title,
        "artist": track.text("artist"),
        "album": track.text("album"),
        "seconds": _known(track.value("duration")),
        "length": clock(track.value("duration")),
        "tempo": _known(track.value("tempo")),
        "key": track.camelot,
        "energy": _known(track.value("energy_percentile")),
    }


def page_data(playlist: Playlist, rows: list[dict[str, Any]]) -> str:
    """Returns the JSON that the script of the page reads; it cannot end the element that holds it."""
    names = ("title", "artist", "album", "seconds", "length", "tempo", "key", "energy")
    tracks = [
        {
            "at": round(float(start), 1),
            "options": [
                {name: entry[name] for name in names} | {"cost": entry.get("cost", "") if k else ""}
                for k, entry in enumerate([row, *row["runners_up"]])
            ],
        }
        for start, row in zip(playlist.starts, rows, strict=True)
    ]
    curve = None if playlist.curve is None else [_known(float(value)) for value in playlist.curve]
    data = {"tracks": tracks, "curve": curve, "length": round(playlist.seconds, 1)}
    return json.dumps(data, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def previews_of(playlist: Playlist, progress: bool) -> tuple[list[str], str]:
    """Returns the sound of every transition as an address, and a sentence about all of them.

    Without the files of all tracks there are none.
    """
    tracks = list(facts(playlist))
    if not all(track.path and Path(track.path).is_file() for track in tracks):
        return (
            [],
            "The page is without sound, as the files of the tracks are not on the machine that made it.",
        )
    sounds = list(encoded_previews(playlist, progress))
    if not sounds:
        return [], ""
    size = sum(map(len, sounds))
    sentence = f"{len(sounds)} previews of 20 s are part of this page, {size / 1e6:.1f} MB of MP3."
    return [f"data:{PREVIEW_TYPE};base64,{base64.b64encode(sound).decode()}" for sound in sounds], sentence


def summary(playlist: Playlist) -> str:
    """Returns a line about the whole playlist."""
    count = len(playlist)
    tracks = "1 track" if count == 1 else f"{count} tracks"
    known = math.isfinite(playlist.utility)
    utility = f", utility {number(playlist.utility)} for the expected listener" if known else ""
    return f"{tracks}, {duration(playlist.seconds)}{utility}"


def clock(seconds: float) -> str:
    """Returns a time as `1:02:03` or `2:03`, a dash if it is unknown."""
    if not math.isfinite(seconds):
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _largest(cost: dict[str, float], count: int = 3) -> list[tuple[str, float]]:
    """Returns the largest parts of a cost."""
    return sorted(cost.items(), key=lambda part: -abs(part[1]))[:count]


def _known(value: float) -> float | None:
    """Returns a number, None if it is unknown."""
    return round(value, 4) if math.isfinite(value) else None
