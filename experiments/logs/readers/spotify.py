"""Spotify's extended streaming history, as JSON or as a table made from it.

Fields as in Spotify's "Understanding your data" (support.spotify.com) and the PDF in the download. `ts` is
when the play *stopped*, so its start is `ts` minus `ms_played`. The address, the device, the country and the
user's name are not read.

Exports differ: files are called `endsong_<n>.json` or `Streaming_History_Audio_<years>_<n>.json`; `skipped`
is null or false for plays of some years, whatever happened, and `reason_end` may be empty. A play therefore
counts as skipped if `skipped` says so or a button ended it (`fwdbtn`, `backbtn`), as not skipped if `skipped`
is false or it ended by itself (`trackdone`), and is unknown otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from segue.experiments.logs.counts import Counts
from segue.experiments.logs.readers.amounts import to_amounts
from segue.experiments.logs.readers.times import is_day_first, parse_times
from segue.experiments.logs.readers.values import has_text, to_booleans, to_text
from segue.experiments.logs.reading import Reading
from segue.experiments.logs.sources.beginning import Beginning
from segue.experiments.logs.sources.csv_pieces import csv_pieces
from segue.experiments.logs.sources.json_pieces import json_objects
from segue.features.errors import UserError

NAMES: dict[str, tuple[str, ...]] = {
    "ts": ("ts", "endtime", "timestamp"),
    "ms_played": ("ms_played", "msplayed"),
    "title": ("master_metadata_track_name", "trackname", "track_name"),
    "artist": ("master_metadata_album_artist_name", "artistname", "artist_name"),
    "uri": ("spotify_track_uri",),
    "episode": ("spotify_episode_uri",),
    "episode_name": ("episode_name",),
    "audiobook": ("audiobook_uri", "audiobook_chapter_uri"),
    "start_reason": ("reason_start",),
    "end_reason": ("reason_end",),
    "shuffle": ("shuffle",),
    "skipped": ("skipped",),
    "private": ("incognito_mode",),
}
"""Names of each field, in lower case: those of the histories, and of tables made from them."""

_BUTTONS = ("fwdbtn", "backbtn")


def recognises(beginning: Beginning) -> bool:
    """Returns whether a file is a part of a streaming history."""
    found = _sources(sorted(beginning.names))
    return {"ts", "ms_played"} <= set(found) and bool({"uri", "title"} & set(found)) and not beginning.parquet


def read(beginnings: Sequence[Beginning], reading: Reading) -> Iterator[pd.DataFrame]:
    """Reads a history in pieces; see `LogFormat.read`."""
    for number, beginning in enumerate(beginnings):
        if not recognises(beginning):
            raise UserError(
                f"'{beginning.file}' is not a streaming history of Spotify, as it lacks ts and ms_played; "
                "choose another --format."
            )
        pieces = _json(beginning, reading) if beginning.record else _table(beginning, reading)
        video = "_video_" in beginning.file.name.lower()
        day_first = None if beginning.record else _day_first(beginning, reading)
        for piece in pieces:
            frame = _music(piece, video, reading.counts)
            if len(frame):
                plays = _plays(frame, day_first, reading.counts)
                yield plays.assign(listener=reading.listener_of(beginning), file=number)


def _sources(names: Sequence[str]) -> dict[str, str]:
    """Returns the name in the file of each field of `NAMES` that it has."""
    by_name = {name.strip().lower(): name for name in names}
    return {
        field: by_name[name]
        for field, options in NAMES.items()
        for name in reversed(options)
        if name in by_name
    }


def _json(beginning: Beginning, reading: Reading) -> Iterator[pd.DataFrame]:
    """Yields the entries with the fields of `NAMES`; a key may be absent from any entry."""
    spelling = {name.lower(): name for name in beginning.record}
    options = {field: [spelling.get(name, name) for name in names] for field, names in NAMES.items()}
    for objects in json_objects(beginning, reading.counts, reading.on_bytes):
        yield pd.DataFrame(
            {field: pd.Series(_first(objects, names), dtype=object) for field, names in options.items()}
        )


def _first(objects: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Any]:
    """Returns the first value that each entry has under one of the names."""
    first, *others = names
    values = [entry.get(first) for entry in objects]
    for other in others:
        values = [
            entry.get(other) if value is None else value for entry, value in zip(objects, values, strict=True)
        ]
    return values


def _table(beginning: Beginning, reading: Reading) -> Iterator[pd.DataFrame]:
    sources = _sources(beginning.header)
    for piece in csv_pieces(beginning, sources, reading.counts, reading.on_bytes):
        yield piece.reindex(columns=list(NAMES))


def _day_first(beginning: Beginning, reading: Reading) -> bool | None:
    """Finds out, from the whole file if need be, whether dates with slashes begin with the day."""
    sources = {"ts": _sources(beginning.header)["ts"]}
    line = beginning.text.partition("\n")[2].partition("\n")[0]
    if "/" not in line:
        return None
    for piece in csv_pieces(beginning, sources, Counts(), None):
        if (found := is_day_first(piece["ts"])) is not None:
            return found
    reading.counts.note("dates such as 7/8/2013 read as month/day, since none shows which comes first", 1)
    return False


def _music(frame: pd.DataFrame, video: bool, counts: Counts) -> pd.DataFrame:
    """Returns the plays of music outside private sessions."""
    if video:
        return counts.keep(frame, pd.Series(True, index=frame.index), "videos")
    frame = counts.keep(frame, to_booleans(frame["private"]), "plays in private sessions")
    for name, reason in (
        ("episode", "podcasts"),
        ("episode_name", "podcasts"),
        ("audiobook", "audiobooks"),
    ):
        frame = counts.keep(frame, has_text(frame[name]), reason)
    uri = to_text(frame["uri"])
    frame = counts.keep(frame, uri.str.startswith("spotify:episode:"), "podcasts")
    return counts.keep(frame, ~has_text(frame["uri"]) & ~has_text(frame["title"]), "plays without a track")


def _plays(frame: pd.DataFrame, day_first: bool | None, counts: Counts) -> pd.DataFrame:
    """Returns the columns of a log for plays of music."""
    at, coarse = parse_times(frame["ts"], day_first)
    heard = to_amounts(frame["ms_played"], "ms_played", counts, milliseconds=True)
    text = {name: to_text(frame[name]) for name in ("title", "artist", "uri", "start_reason", "end_reason")}
    named = text["artist"].fillna("") + " – " + text["title"].fillna("")
    return pd.DataFrame(
        {
            "at": at,
            "coarse": coarse,
            "time": at - pd.to_timedelta(heard.where(heard.between(0, 86_400)), unit="s"),
            "track": text["uri"].where(has_text(text["uri"]), named),
            "listened_s": heard,
            "skipped": _skipped(to_booleans(frame["skipped"]), text["end_reason"], counts),
            "shuffle": to_booleans(frame["shuffle"]),
            **text,
        }
    )


def _skipped(said: pd.Series, end_reason: pd.Series, counts: Counts) -> pd.Series:
    """Returns whether plays were skipped; see the top of this module."""
    button = end_reason.isin(_BUTTONS).astype("boolean")
    done = (end_reason == "trackdone").fillna(False)
    counts.note(
        "`skipped` taken from the button that ended the play", int((~said.fillna(False) & button).sum())
    )
    known = said.mask(said.isna() & done, False)
    return known.mask(button, True)
