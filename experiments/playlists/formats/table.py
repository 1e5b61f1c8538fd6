"""CSV: a row per track, for spreadsheets."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import numpy as np

from segue.experiments.playlists.formats.entry import Entry, seconds
from segue.experiments.playlists.formats.facts import TrackFacts, facts
from segue.experiments.playlists.formats.locations import Locations, resolved
from segue.experiments.playlists.playlist import Playlist
from segue.features.errors import UserError

COLUMNS = (
    "position", "start", "overlap", "path", "title", "artist", "album", "duration", "id", "tempo", "key",
    "energy", "requested_energy", "cost", "reason", "runner_up", "runner_up_cost",
)  # fmt: skip
"""`start`, `overlap` and `duration` are in s, `tempo` in BPM, `key` is a Camelot code, `energy` a percentile;
`overlap`, `cost` and `reason` belong to the transition into the track; `runner_up_cost` is in utility."""


def write(playlist: Playlist, locations: Locations) -> str:
    """Returns the text of a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for track in facts(playlist):
        row = _row(playlist, track, locations)
        writer.writerow([row[name] for name in COLUMNS])
    return out.getvalue()


def _row(playlist: Playlist, track: TrackFacts, locations: Locations) -> dict[str, object]:
    """Returns the cells of a track."""
    at = track.number - 1
    transition = playlist.transitions[at - 1] if at else None
    others = playlist.runners_up[at]
    other = TrackFacts(0, others[0].track, math.nan, "") if others else None
    return {
        "position": track.number,
        "start": _rounded(track.start),
        "overlap": _rounded(float(playlist.overlaps[at - 1])) if at else "",
        "path": locations.path(track.path),
        "title": track.title,
        **{name: track.text(name) for name in ("artist", "album", "id")},
        **{name: _rounded(track.value(name)) for name in ("duration", "tempo")},
        "key": track.camelot,
        "energy": _rounded(track.value("energy_percentile")),
        "requested_energy": "" if playlist.curve is None else _rounded(float(playlist.curve[at])),
        "cost": _rounded(sum(transition.cost.values())) if transition else "",
        "reason": track.reason,
        "runner_up": _name(other) if other else "",
        "runner_up_cost": _rounded(others[0].cost) if others else "",
    }


def read(content: bytes, folder: Path) -> list[Entry]:
    """Reads the entries of a CSV file with a column `path`, `title` or `id`, and others of `COLUMNS`.

    Raises:
        UserError: It has none of them, or is not CSV.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"The CSV file cannot be read ({error}); save it as CSV in UTF-8.") from error
    entries = []
    for row in rows:
        cells = {str(name).strip().lower(): value for name, value in row.items() if isinstance(value, str)}
        if not {"path", "title", "id"} & set(cells):
            raise UserError("The CSV file has none of the columns path, title and id; add one of them.")
        path, title, artist, album, id_ = (
            cells.get(name, "") for name in ("path", "title", "artist", "album", "id")
        )
        duration = seconds(cells.get("duration"))
        entries.append(Entry(resolved(path, folder), title, artist, album, duration, id_))
    return entries


def _name(track: TrackFacts) -> str:
    """Returns artist and title of a track."""
    return " – ".join(part for part in (track.text("artist"), track.title) if part)


def _rounded(value: float) -> float | str:
    """Returns a number with three decimals, `""` for NaN."""
    return "" if math.isnan(value) else float(np.round(value, 3))
