"""The columns of a table of plays, and what their values must be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from segue.features.arrays import BoolArray
from segue.features.errors import UserError, excerpt

SCHEMA = pa.schema(
    [
        pa.field("session", pa.string()),
        pa.field("listener", pa.string()),
        pa.field("position", pa.int32()),
        pa.field("time", pa.timestamp("ns", "UTC")),
        pa.field("track", pa.string()),
        pa.field("listened_s", pa.float64()),
        pa.field("listened", pa.float64()),
        pa.field("skipped", pa.bool_()),
        pa.field("start_reason", pa.string()),
        pa.field("end_reason", pa.string()),
        pa.field("shuffle", pa.bool_()),
    ]
)
"""The columns that every table of plays has.

| column | meaning |
|---|---|
| `session` | the listening session, unique in the table |
| `listener` | who listened, as the source calls them |
| `position` | place in the session, from 0 |
| `time` | start of the play, UTC |
| `track` | identifier of the track in the source |
| `listened_s` | seconds heard |
| `listened` | fraction of the track that was heard, 0 to 1; missing if the track's length is unknown |
| `skipped` | whether the listener skipped the track; missing where the source does not know |
| `start_reason`, `end_reason` | why the play began and ended, in the words of the source |
| `shuffle` | whether the player chose the order at random |

All but `REQUIRED` may have missing values.
"""

OPTIONAL = pa.schema(
    [
        pa.field("title", pa.string()),
        pa.field("artist", pa.string()),
        pa.field("isrc", pa.string()),
        pa.field("uri", pa.string()),
        pa.field("duration_s", pa.float64()),
        pa.field("track_id", pa.string()),
    ]
)
"""Columns that a table may have: names and identifiers of the track, its length in seconds, and, after
matching, its id in a catalogue (missing where there is none)."""

REQUIRED = ("session", "listener", "position", "track")
"""Columns without missing values."""

TEXT = pd.StringDtype("pyarrow")
"""Type of text in a table of plays; missing text is `pd.NA` with every version of pandas."""


def conform(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns a table with the columns of a table of plays, in order, with their types.

    Columns that may be missing altogether are added without values; columns that a table of plays does not
    have are left out.

    Args:
        frame: A table that has at least the columns `REQUIRED`.

    Raises:
        UserError: A column is missing or its values are of another kind.
    """
    if lacking := [name for name in REQUIRED if name not in frame]:
        raise UserError(f"The table of plays lacks {', '.join(lacking)}; it needs {', '.join(REQUIRED)}.")
    fields = [*SCHEMA, *(field for field in OPTIONAL if field.name in frame)]
    return pd.DataFrame({field.name: _column(frame, field) for field in fields}, index=frame.index)


def check(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns the table as by `conform` once its values are valid.

    The rows of a session must stand together, in the order of their positions 0, 1, 2, …

    Raises:
        UserError: Some are not; the sentence names the first row.
    """
    plays = conform(frame)
    for name in REQUIRED:
        _require(plays[name].notna(), plays, name, "is missing")
    for name, low, high in (("listened_s", 0, np.inf), ("listened", 0, 1), ("duration_s", 0, np.inf)):
        if name in plays:
            values = plays[name]
            _require(
                values.isna() | ((values >= low) & (values <= high) & np.isfinite(values)),
                plays,
                name,
                "must be from 0 to 1, but is" if high == 1 else "must be 0 or more, but is",
            )
    _check_sessions(plays)
    return plays


def session_starts(plays: pd.DataFrame) -> BoolArray:
    """Returns which rows are the first of their session, (n,), where the rows of a session stand together."""
    codes = pd.factorize(plays["session"])[0]
    return np.diff(codes, prepend=-1) != 0


def _check_sessions(plays: pd.DataFrame) -> None:
    """Raises a UserError unless each session stands together, with positions from 0 and one listener."""
    codes = pd.factorize(plays["session"])[0]
    starts = np.diff(codes, prepend=-1) != 0
    # Codes number the sessions as they appear, so each may begin only once, with the next number.
    first = np.flatnonzero(starts)
    together = np.ones(len(plays), dtype=bool)
    together[first] = codes[first] == np.arange(len(first))
    _require(together, plays, "session", "continues after another session; sort by session and position:")
    expected = np.arange(len(plays)) - np.repeat(first, np.diff(np.append(first, len(plays))))
    _require(plays["position"] == expected, plays, "position", "does not count from 0 in its session:")
    listener = pd.factorize(plays["listener"])[0]
    same = starts | (np.diff(listener, prepend=-1) == 0)
    _require(same, plays, "listener", "differs from that of the session so far:")


def _require(valid: pd.Series | BoolArray, plays: pd.DataFrame, name: str, problem: str) -> None:
    """Raises a UserError that names the first row that is not valid."""
    wrong = np.flatnonzero(~np.asarray(valid, dtype=bool))
    if len(wrong):
        value = plays[name].iloc[wrong[0]]
        shown = "" if pd.isna(value) else f" {excerpt(value)!r}"
        raise UserError(
            f"The table of plays is not valid: {name} {problem}{shown} in row {wrong[0]} "
            f"({len(wrong)} such rows); correct the table."
        )


def _column(frame: pd.DataFrame, field: pa.Field) -> pd.Series:
    """Returns one column with its type."""
    name, kind = field.name, field.type
    values = frame.get(name)
    if values is None:
        values = pd.Series(pd.NA if kind in (pa.string(), pa.bool_()) else np.nan, index=frame.index)
    try:
        if pa.types.is_timestamp(kind):
            return pd.to_datetime(values, utc=True, format="ISO8601").astype("datetime64[ns, UTC]")
        if kind == pa.bool_():
            return values.astype("boolean")
        if kind == pa.string():
            return values.astype(TEXT)
        if kind == pa.float64():
            return pd.to_numeric(values).astype("float64")
        numbers = pd.to_numeric(values)
        if not (numbers % 1 == 0).all():
            raise ValueError("one has a fraction or is missing")
        return numbers.astype("int32")
    except (ValueError, TypeError, OverflowError, pa.ArrowException) as error:
        raise UserError(
            f"The column {name} of the table of plays has values that are not {_KINDS[kind]} "
            f"({excerpt(error)}); correct them."
        ) from error


_KINDS = {
    pa.string(): "text",
    pa.bool_(): "true or false",
    pa.float64(): "numbers",
    pa.int32(): "whole numbers",
    pa.timestamp("ns", "UTC"): "times",
}
