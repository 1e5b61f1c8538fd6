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

import numpy as np
import pandas as pd

from segue.experiments.logs.cleaning import EARLIEST
from segue.experiments.logs.counts import Counts
from segue.experiments.logs.readers.amounts import to_amounts
from segue.experiments.logs.readers.conventions import Conventions, find_conventions
from segue.experiments.logs.readers.times import CONTRADICTING, parse_times
from segue.experiments.logs.readers.values import has_text, to_booleans, to_text
from segue.experiments.logs.reading import Reading
from segue.experiments.logs.sources.beginning import Beginning
from segue.experiments.logs.sources.csv_pieces import csv_pieces
from segue.experiments.logs.sources.json_pieces import json_objects
from segue.features.arrays import BoolArray
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
_COVERED = "plays of the plain history whose time the extended history covers"


def recognises(beginning: Beginning) -> bool:
    """Returns whether a file is a part of a streaming history."""
    found = _sources(sorted(beginning.names))
    return {"ts", "ms_played"} <= set(found) and bool({"uri", "title"} & set(found)) and not beginning.parquet


def read(beginnings: Sequence[Beginning], reading: Reading) -> Iterator[pd.DataFrame]:
    """Reads a history in pieces; see `LogFormat.read`.

    An account has a plain history of the last year and an extended one of all years. They name tracks
    differently, so plays of the plain one are left out where the extended one covers their time.
    """
    for beginning in beginnings:
        if not recognises(beginning):
            raise UserError(
                f"'{beginning.file}' is not a streaming history of Spotify, as it lacks ts and ms_played; "
                "choose another --format."
            )
    conventions = find_conventions(beginnings, _cells, reading.counts)
    covered = _Covered()
    for number, beginning in sorted(enumerate(beginnings), key=lambda file: _is_plain(file[1])):
        listener, plain = reading.listener_of(beginning), _is_plain(beginning)
        own = conventions[beginning.file.source]
        for plays in _file(beginning, own, reading):
            if plain:
                both = covered.contains(listener, plays["at"])
                plays = reading.counts.keep(plays, both, _COVERED)
            else:
                covered.add(listener, number, plays["at"])
            yield plays.assign(listener=listener, file=number)


class _Covered:
    """The stretches of time that the files of the extended histories cover."""

    def __init__(self) -> None:
        self._spans: dict[tuple[str, int], tuple[pd.Timestamp, pd.Timestamp]] = {}

    def add(self, listener: str, file: int, at: pd.Series) -> None:
        """Adds the times of some plays of a file; clocks that were never set cover nothing."""
        known = at[(at >= EARLIEST) & (at <= pd.Timestamp.now("UTC"))]
        if len(known):
            first, last = self._spans.get((listener, file), (known.iloc[0], known.iloc[0]))
            self._spans[listener, file] = (min(first, known.min()), max(last, known.max()))

    def contains(self, listener: str, at: pd.Series) -> BoolArray:
        """Returns which times, whose seconds are cut off, lie in such a stretch, (n,)."""
        found = np.zeros(len(at), dtype=bool)
        for (who, _), (first, last) in self._spans.items():
            if who == listener:
                found |= ((at >= first.floor("min")) & (at <= last)).to_numpy(dtype=bool)
        return found


def _file(beginning: Beginning, conventions: Conventions, reading: Reading) -> Iterator[pd.DataFrame]:
    """Yields the plays of a file in pieces."""
    pieces = _json(beginning, reading) if beginning.record else _table(beginning, reading)
    video = "_video_" in beginning.file.name.lower()
    for piece in pieces:
        frame = _music(piece, video, reading.counts)
        if len(frame):
            yield _plays(frame, conventions, reading.counts)


def _is_plain(beginning: Beginning) -> bool:
    """Returns whether a file is part of a plain history, whose times are called `endTime`."""
    return _sources(sorted(beginning.names))["ts"].lower() == "endtime"


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


def _cells(beginning: Beginning) -> Iterator[pd.DataFrame]:
    """Yields the times and lengths of a file, as `find_conventions` needs them."""
    if not beginning.record:
        sources = _sources(beginning.header)
        columns = {"time": sources["ts"], "ms_played": sources["ms_played"]}
        yield from csv_pieces(beginning, columns, Counts(), None)
    elif _has_conventions(beginning):
        for piece in _json(beginning, Reading()):
            yield piece[["ts", "ms_played"]].rename(columns={"ts": "time"})


def _has_conventions(beginning: Beginning) -> bool:
    """Returns whether the first entries are not as Spotify writes them, but as a table was written."""
    sources = _sources(sorted(beginning.names))
    time, played = (beginning.record.get(sources[name]) for name in ("ts", "ms_played"))
    return isinstance(played, str) or (isinstance(time, str) and "/" in time)


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


def _plays(frame: pd.DataFrame, conventions: Conventions, counts: Counts) -> pd.DataFrame:
    """Returns the columns of a log for plays of music."""
    at, coarse, contradicting = parse_times(frame["ts"], conventions.day_first)
    played = conventions.ungrouped(frame["ms_played"], "ms_played", counts)
    heard = to_amounts(played, "ms_played", counts, milliseconds=True)
    text = {name: to_text(frame[name]) for name in ("title", "artist", "uri", "start_reason", "end_reason")}
    named = text["artist"].fillna("") + " – " + text["title"].fillna("")
    plays = pd.DataFrame(
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
    return counts.keep(plays, contradicting, CONTRADICTING)


def _skipped(said: pd.Series, end_reason: pd.Series, counts: Counts) -> pd.Series:
    """Returns whether plays were skipped; see the top of this module."""
    button = end_reason.isin(_BUTTONS).astype("boolean")
    done = (end_reason == "trackdone").fillna(False)
    counts.note(
        "`skipped` taken from the button that ended the play", int((~said.fillna(False) & button).sum())
    )
    known = said.mask(said.isna() & done, False)
    return known.mask(button, True)
