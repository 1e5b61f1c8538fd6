"""Any table of plays, CSV or Parquet, by a YAML file that names its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from segue.experiments.logs.columns import TEXT
from segue.experiments.logs.counts import Counts
from segue.experiments.logs.readers.amounts import to_amounts
from segue.experiments.logs.readers.conventions import Conventions, find_conventions
from segue.experiments.logs.readers.times import (
    CONTRADICTING,
    UNKNOWN_DATES,
    Times,
    from_epoch,
    in_range,
    parse_times,
)
from segue.experiments.logs.readers.values import has_text, to_booleans, to_names, to_places
from segue.experiments.logs.reading import ROWS, Reading
from segue.experiments.logs.sources.beginning import Beginning
from segue.experiments.logs.sources.csv_pieces import csv_pieces
from segue.experiments.logs.sources.log_files import damaged
from segue.features.errors import UserError, excerpt, unknown_name
from segue.features.yaml_reader import read_yaml

COLUMNS = (
    *("session", "listener", "position", "time", "track", "listened_s", "listened", "skipped"),
    *("start_reason", "end_reason", "shuffle", "title", "artist", "isrc", "uri", "duration_s"),
)
"""Columns that a YAML file may name."""

_TEXTS = ("track", "start_reason", "end_reason", "title", "artist", "isrc", "uri")


@dataclass(frozen=True)
class ColumnNames:
    """How a table of another program is read.

    Attributes:
        columns: Name in the file of each of `COLUMNS` that it has.
        time: Whether `time` is the `start` or the `end` of a play.
        time_format: Its format as in Python's `strptime`, or `epoch` for seconds since 1970. If None, ISO
            8601 or dates with slashes.
        day_first: Whether dates with slashes begin with the day; None to find it out from the dates.
        milliseconds: Columns among `listened_s` and `duration_s` that are in milliseconds.
        true: Words for true in `skipped` and `shuffle`, beside the usual ones.
        false: Words for false.
    """

    columns: dict[str, str]
    time: str = "start"
    time_format: str | None = None
    day_first: bool | None = None
    milliseconds: tuple[str, ...] = ()
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()

    @property
    def finds_order(self) -> bool:
        """Whether the order of day and month has to be found out."""
        return self.time_format is None and self.day_first is None


def read_names(path: Path) -> ColumnNames:
    """Reads a YAML file with names of columns.

    Raises:
        UserError: It is not valid.
    """
    subject = f"Column file {path}"
    data = read_yaml(path, subject).data
    if not isinstance(data, dict) or not isinstance(data.get("columns"), dict) or not data["columns"]:
        raise UserError(
            f"{subject} needs a mapping `columns`, such as `columns: {{track: song_id, time: played_at}}`."
        )
    for key in data:
        if key not in ColumnNames.__dataclass_fields__:
            raise unknown_name("key", key, ColumnNames.__dataclass_fields__)
    for name in data["columns"]:
        if name not in COLUMNS:
            raise unknown_name("column of a table of plays", name, COLUMNS)
    if data.get("time", "start") not in ("start", "end"):
        raise UserError(f"{subject}: time must be start or end, but is {excerpt(data['time'])!r}.")
    for key in ("milliseconds", "true", "false"):
        if not isinstance(data.get(key, []), list):
            raise UserError(f"{subject}: {key} must be a list, such as `{key}: [{excerpt(data[key])}]`.")
    if not isinstance(data.get("day_first", False), bool) or not isinstance(data.get("time_format", ""), str):
        raise UserError(f"{subject}: day_first must be true or false, and time_format text.")
    lists = {
        key: tuple(str(word).lower() for word in data.get(key, []))
        for key in ("milliseconds", "true", "false")
    }
    if wrong := set(lists["milliseconds"]) - {"listened_s", "duration_s"}:
        raise UserError(f"{subject}: milliseconds lists listened_s and duration_s only, not {min(wrong)!r}.")
    return ColumnNames(**{**data, "columns": {k: str(v) for k, v in data["columns"].items()}, **lists})


def recognises(beginning: Beginning) -> bool:
    """Returns False: nothing but the user can say what the columns of any table mean."""
    return False


def read(beginnings: Sequence[Beginning], reading: Reading) -> Iterator[pd.DataFrame]:
    """Reads plays in pieces; see `LogFormat.read`."""
    if reading.columns is None:
        raise UserError(
            "No names of columns given; write a YAML file such as `columns: {track: song, time: played_at}`, "
            "and name it with --columns."
        )
    names = read_names(reading.columns)
    for beginning in beginnings:
        present = beginning.parquet or beginning.header
        for column in names.columns.values():
            if column not in present:
                raise unknown_name(f"column of '{beginning.file}'", column, present)
    conventions = _conventions(beginnings, names, reading.counts)
    for number, beginning in enumerate(beginnings):
        listener, own = reading.listener_of(beginning), conventions[beginning.file.source]
        for piece in _pieces(beginning, names.columns, reading):
            yield _plays(piece, names, own, listener, reading.counts).assign(file=number)


def _conventions(
    beginnings: Sequence[Beginning], names: ColumnNames, counts: Counts
) -> dict[int, Conventions]:
    """Finds out, from all files of each source, what the names of the columns do not say."""
    open_questions = {*names.milliseconds, *(["time"] if names.finds_order else [])}
    columns = {name: source for name, source in names.columns.items() if name in open_questions}

    def cells(beginning: Beginning) -> Iterator[pd.DataFrame]:
        return _pieces(beginning, columns, Reading()) if columns else iter(())

    found = find_conventions(beginnings, cells, counts)
    if names.day_first is None:
        return found
    return {source: replace(own, day_first=names.day_first) for source, own in found.items()}


def _pieces(beginning: Beginning, columns: Mapping[str, str], reading: Reading) -> Iterator[pd.DataFrame]:
    """Yields columns in pieces, by their names in a table of plays."""
    if not beginning.parquet:
        yield from csv_pieces(beginning, columns, reading.counts, reading.on_bytes)
        return
    wanted = list(dict.fromkeys(columns.values()))
    try:
        for batch in pq.ParquetFile(beginning.file.path).iter_batches(batch_size=ROWS, columns=wanted):
            reading.counts.read += batch.num_rows
            frame = batch.to_pandas()
            yield pd.DataFrame({name: frame[source] for name, source in columns.items()})
    except (pa.ArrowException, OSError) as error:
        raise damaged(beginning.file, error) from error


def _plays(
    piece: pd.DataFrame, names: ColumnNames, conventions: Conventions, listener: str, counts: Counts
) -> pd.DataFrame:
    """Returns the columns of a log."""
    plays: dict[str, Any] = {name: to_names(piece[name]) for name in _TEXTS if name in piece}
    if "track" not in plays:
        plays["track"] = _tracks(plays, piece.index, counts)
    who = (
        to_names(piece["listener"])
        if "listener" in piece
        else pd.Series(listener, index=piece.index, dtype=TEXT)
    )
    plays["listener"] = who
    if "session" in piece:
        # A session may be numbered within its listener.
        session = to_names(piece["session"])
        plays["session"] = who + "/" + session if "listener" in piece else session
        plays["listener"] = who if "listener" in piece else session
    for name in ("listened_s", "duration_s", "listened"):
        if name in piece:
            amounts = conventions.ungrouped(piece[name], name, counts)
            plays[name] = to_amounts(amounts, name, counts, name in names.milliseconds)
    for name in ("skipped", "shuffle"):
        if name in piece:
            plays[name] = _booleans(piece[name], names)
    if "position" in piece:
        plays["order"] = to_places(piece["position"])
    if "time" not in piece:
        return pd.DataFrame(plays)
    times = _times(piece["time"], names, conventions.day_first)
    frame = pd.DataFrame(plays).assign(
        at=times.times, time=_starts(times.times, names, plays.get("listened_s")), coarse=times.coarse
    )
    if "session" not in piece:
        return counts.keep(frame, times.contradicting, CONTRADICTING)
    counts.note(UNKNOWN_DATES, int(times.contradicting.sum()))
    return frame


def _tracks(texts: Mapping[str, pd.Series], index: pd.Index, counts: Counts) -> pd.Series:
    """Names the tracks of a table that has no identifiers: by URI, ISRC, or artist and title."""
    tracks = pd.Series(pd.NA, index=index, dtype=TEXT)
    if not texts.keys() & {"uri", "isrc", "title"}:
        counts.note("plays without a column of tracks, called unknown", len(index))
        return tracks.fillna("unknown")
    for name in ("uri", "isrc"):
        if name in texts:
            tracks = tracks.fillna(texts[name].where(has_text(texts[name])))
    if "title" in texts:
        title, artist = texts["title"], texts.get("artist", pd.Series("", index=index, dtype=TEXT))
        tracks = tracks.fillna((artist.fillna("") + " – " + title).where(has_text(title)))
    return tracks


def _booleans(values: pd.Series, names: ColumnNames) -> pd.Series:
    known = to_booleans(values)
    if names.true or names.false:
        own = to_booleans(values, names.true, names.false)
        known = own.where(own.notna(), known)
    return known


def _times(values: pd.Series, names: ColumnNames, day_first: bool) -> Times:
    """Reads the times of plays."""
    coarse = False
    if names.time_format == "epoch":
        at = from_epoch(values)
    elif names.time_format is not None:
        try:
            at = pd.to_datetime(values.astype("string"), format=names.time_format, utc=True, errors="coerce")
        except ValueError as error:
            raise UserError(
                f"time_format {names.time_format!r} is not one of Python's ({excerpt(error)})."
            ) from error
        at = in_range(at)
        coarse = "%S" not in names.time_format
    elif isinstance(values.dtype, pd.DatetimeTZDtype) or values.dtype.kind == "M":
        at = in_range(pd.to_datetime(values, utc=True))
    else:
        text = values if values.dtype != object else values.map(str, na_action="ignore")  # dates, too
        return parse_times(text, day_first)
    return Times(at, np.full(len(at), coarse), np.zeros(len(at), dtype=bool))


def _starts(at: pd.Series, names: ColumnNames, heard: pd.Series | None) -> pd.Series:
    """Returns when plays began."""
    if names.time == "start" or heard is None:
        return at
    return at - pd.to_timedelta(heard.where(heard.between(0, 86_400)), unit="s")
