"""The Music Streaming Sessions Dataset: its logs, and its track features for lengths and names.

Columns as in Brost, Mehrotra and Jehan (2019), "The Music Streaming Sessions Dataset". A play counts as
skipped where `skip_2` ("played briefly") is true, which is what the Spotify Sequential Skip Prediction
Challenge predicts. The data set names no listeners, so that each session has one of its own; `time` is the
full hour that it states.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pandas as pd

from segue.experiments.logs.columns import TEXT
from segue.experiments.logs.counts import Counts
from segue.experiments.logs.readers.amounts import to_amounts
from segue.experiments.logs.readers.conventions import find_conventions
from segue.experiments.logs.readers.times import UNKNOWN_DATES, parse_times
from segue.experiments.logs.readers.values import to_booleans, to_numbers, to_places
from segue.experiments.logs.reading import Reading
from segue.experiments.logs.sources.beginning import Beginning
from segue.experiments.logs.sources.csv_pieces import csv_pieces
from segue.features.errors import UserError

_LOG = {
    "session": "session_id",
    "order": "session_position",
    "track": "track_id_clean",
    "skipped": "skip_2",
    "not_skipped": "not_skipped",
    "shuffle": "hist_user_behavior_is_shuffle",
    "hour": "hour_of_day",
    "date": "date",
    "start_reason": "hist_user_behavior_reason_start",
    "end_reason": "hist_user_behavior_reason_end",
}
_NEEDED = {"session_id", "session_position", "track_id_clean", "skip_2"}
_TRACKS = {
    "track": "track_id",
    "duration_s": "duration",
    "title": "track_name",
    "artist": "artist",
    "uri": "track_uri",
}


def recognises(beginning: Beginning) -> bool:
    """Returns whether a file is a log or a table of track features."""
    return _is_log(beginning) or _is_tracks(beginning)


def read(beginnings: Sequence[Beginning], reading: Reading) -> Iterator[pd.DataFrame]:
    """Reads logs in pieces, with the lengths of the tracks where their features are among the files."""
    logs = [beginning for beginning in beginnings if _is_log(beginning)]
    if not logs:
        raise UserError(
            f"'{beginnings[0].file}' has no log of sessions; name a log_*.csv, whose columns are "
            f"{', '.join(sorted(_NEEDED))} and others."
        )
    tracks = _tracks([beginning for beginning in beginnings if not _is_log(beginning)], reading)
    conventions = find_conventions(logs, _cells, reading.counts)
    for beginning in logs:
        day_first = conventions[beginning.file.source].day_first
        present = {name: source for name, source in _LOG.items() if source in beginning.header}
        for piece in csv_pieces(beginning, present, reading.counts, reading.on_bytes):
            plays = _plays(piece.reindex(columns=list(_LOG)), day_first, reading.counts)
            yield plays if tracks is None else plays.join(tracks, on="track")


def _cells(beginning: Beginning) -> Iterator[pd.DataFrame]:
    """Yields the dates of a log if they are not as in the data set, but as a spreadsheet writes them."""
    if "date" in beginning.header and re.search(r"\d/\d", beginning.text):
        yield from csv_pieces(beginning, {"time": "date"}, Counts(), None)


def _is_log(beginning: Beginning) -> bool:
    return set(beginning.header) >= _NEEDED


def _is_tracks(beginning: Beginning) -> bool:
    return {"track_id", "duration", "acoustic_vector_0"} <= set(beginning.header)


def _tracks(beginnings: Sequence[Beginning], reading: Reading) -> pd.DataFrame | None:
    """Reads what is needed of the track features, by track."""
    pieces = []
    for beginning in beginnings:
        present = {name: source for name, source in _TRACKS.items() if source in beginning.header}
        # Rows of this table are not plays.
        pieces += list(csv_pieces(beginning, present, Counts(), reading.on_bytes))
    if not pieces:
        return None
    tracks = pd.concat(pieces, ignore_index=True).drop_duplicates("track").set_index("track")
    return tracks.assign(duration_s=to_amounts(tracks["duration_s"], "duration_s", reading.counts))


def _plays(piece: pd.DataFrame, day_first: bool, counts: Counts) -> pd.DataFrame:
    """Returns the columns of a log."""
    day, _, contradicting = parse_times(piece["date"], day_first)
    counts.note(UNKNOWN_DATES, int(contradicting.sum()))
    time = day + pd.to_timedelta(to_numbers(piece["hour"]).where(lambda hour: hour.between(0, 23)), unit="h")
    skipped = to_booleans(piece["skipped"])
    kept = to_booleans(piece["not_skipped"])
    counts.note("both `skip_2` and `not_skipped`, counted as skipped", int((skipped & kept).sum()))
    order = to_places(piece["order"])
    return pd.DataFrame(
        {
            "session": piece["session"],
            "listener": piece["session"],
            "order": order,
            "at": time,
            "time": time,
            "track": piece["track"],
            "skipped": skipped,
            "start_reason": piece["start_reason"].astype(TEXT),
            "end_reason": piece["end_reason"].astype(TEXT),
            "shuffle": to_booleans(piece["shuffle"]),
        }
    )
