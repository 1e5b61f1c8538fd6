"""Last.fm: the table of the data set "Last.fm 1K users", newest first, tabs between cells, no header.

Columns as in Celma (2010), "Music Recommendation and Discovery in the Long Tail" (ocelma.net): listener, time
at which the play began, id and name of the artist in MusicBrainz, id and name of the track. Last.fm stores
plays of at least half a track: nothing says how much was heard or what was skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pandas as pd

from segue.experiments.logs.readers.times import parse_times
from segue.experiments.logs.readers.values import has_text
from segue.experiments.logs.reading import Reading
from segue.experiments.logs.sources.beginning import Beginning
from segue.experiments.logs.sources.csv_pieces import csv_pieces
from segue.features.errors import UserError

_NAMES = ("listener", "time", "artist_mbid", "artist", "mbid", "title")
_READ = {name: name for name in ("listener", "time", "artist", "mbid", "title")}
_ROWS = 20
"""Rows that are looked at to recognise the table."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def recognises(beginning: Beginning) -> bool:
    """Returns whether a file has this table's columns."""
    rows = [line.split("\t") for line in beginning.lines[:_ROWS]]
    return any(len(cells) == len(_NAMES) and _TIME.fullmatch(cells[1]) for cells in rows)


def read(beginnings: Sequence[Beginning], reading: Reading) -> Iterator[pd.DataFrame]:
    """Reads plays in pieces; see `LogFormat.read`."""
    for beginning in beginnings:
        if beginning.separator != "\t":
            raise UserError(f"'{beginning.file}' has no tabs between cells; choose another --format.")
        for piece in csv_pieces(
            beginning, _READ, reading.counts, reading.on_bytes, names=_NAMES, quoted=False
        ):
            rows = reading.counts.keep(
                piece, ~has_text(piece["title"]) & ~has_text(piece["mbid"]), "plays without a track"
            )
            at = parse_times(rows["time"]).times
            identified = has_text(rows["mbid"])
            yield pd.DataFrame(
                {
                    "listener": rows["listener"],
                    "at": at,
                    "time": at,
                    "track": rows["mbid"].where(
                        identified, rows["artist"].fillna("") + " – " + rows["title"].fillna("")
                    ),
                    "title": rows["title"],
                    "artist": rows["artist"],
                    "uri": ("musicbrainz:recording:" + rows["mbid"]).where(identified),
                }
            )
