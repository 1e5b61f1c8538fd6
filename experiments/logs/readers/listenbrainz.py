"""ListenBrainz: JSON lines of an export or a dump, newest first, and the JSON arrays of older exports.

Fields as in listenbrainz.readthedocs.io ("JSON documentation"): `listened_at` is when the play began, in
seconds since 1970. ListenBrainz stores listens, not plays: nothing says how much was heard or what was
skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from segue.experiments.logs.readers.times import from_epoch
from segue.experiments.logs.readers.values import has_text, to_numbers, to_text
from segue.experiments.logs.reading import Reading
from segue.experiments.logs.sources.beginning import Beginning
from segue.experiments.logs.sources.json_pieces import json_objects
from segue.features.errors import UserError


def recognises(beginning: Beginning) -> bool:
    """Returns whether a file consists of listens."""
    return {"listened_at", "track_metadata"} <= set(beginning.record)


def read(beginnings: Sequence[Beginning], reading: Reading) -> Iterator[pd.DataFrame]:
    """Reads listens in pieces; see `LogFormat.read`."""
    for beginning in beginnings:
        if not beginning.record:
            raise UserError(f"'{beginning.file}' has no JSON objects with listens; choose another --format.")
        for objects in json_objects(beginning, reading.counts, reading.on_bytes):
            rows = pd.DataFrame([_row(entry) for entry in objects], columns=_NAMES, dtype=object)
            named = has_text(rows["title"]) | has_text(rows["mbid"])
            rows = reading.counts.keep(rows, ~named, "listens without a track")
            if len(rows):
                yield _plays(rows, reading.listener_of(beginning))


_NAMES = ("listener", "listened_at", "title", "artist", "mbid", "isrc", "duration_ms", "duration")


def _row(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """Picks what is needed from a listen."""
    track = _mapping(entry.get("track_metadata"))
    extra, mapped = _mapping(track.get("additional_info")), _mapping(track.get("mbid_mapping"))
    return (
        entry.get("user_id") or entry.get("user_name"),
        entry.get("listened_at", entry.get("timestamp")),
        track.get("track_name"),
        track.get("artist_name"),
        mapped.get("recording_mbid") or extra.get("recording_mbid"),
        extra.get("isrc"),
        extra.get("duration_ms"),
        extra.get("duration"),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _plays(rows: pd.DataFrame, listener: str) -> pd.DataFrame:
    """Returns the columns of a log."""
    at = from_epoch(to_numbers(rows["listened_at"]))
    length = (to_numbers(rows["duration_ms"]) / 1000).fillna(to_numbers(rows["duration"]))
    title, artist, mbid = (to_text(rows[name]) for name in ("title", "artist", "mbid"))
    named = artist.fillna("") + " – " + title.fillna("")
    identified = has_text(mbid)
    return pd.DataFrame(
        {
            "listener": to_text(rows["listener"].map(str, na_action="ignore")).fillna(listener),
            "at": at,
            "time": at,
            "track": mbid.where(identified, named),
            "title": title,
            "artist": artist,
            "isrc": to_text(rows["isrc"]),
            "uri": ("musicbrainz:recording:" + mbid).where(identified),
            "duration_s": length.where(length > 0),
        }
    )
