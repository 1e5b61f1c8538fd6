"""The track table of a catalogue: column types, order and unique ids."""

import numpy as np
import pandas as pd
import pyarrow as pa

from segue.features.arrays import FloatArray
from segue.features.errors import UserError, counted
from segue.features.schema import canonical_order, columns_by_name, text_columns

REQUIRED_TEXT = ("id", "title", "artist", "album")


def numeric_column(frame: pd.DataFrame, name: str) -> FloatArray:
    """Returns a column as float64 (n,), NaN where it is not a number or if there is no such column."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    return np.asarray(pd.to_numeric(frame[name], errors="coerce"), dtype=np.float64)


def build_track_table(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Builds the table `Catalog.tracks` from raw columns.

    Args:
        frame: Any columns; without `id`, the row number becomes the id.
        name: Name of the catalogue, for messages.

    Returns:
        A new table with index 0..n-1; schema columns come first, with fixed types and no infinite values.

    Raises:
        UserError: The frame has no row, an id or a column occurs twice, or the values of a column are of a
            wrong kind.
    """
    _check_frame(frame, name)
    columns: dict[str, pd.Series] = {}
    source = frame.reset_index(drop=True)
    for column in canonical_order([*REQUIRED_TEXT, *(c for c in source.columns if c not in REQUIRED_TEXT)]):
        if column not in source:
            values = range(len(source)) if column == "id" else ""
            columns[column] = pd.Series(values, index=source.index).astype("str")
        elif column in text_columns():
            columns[column] = _text(source[column])
        elif column in columns_by_name():
            raw = _checked_numbers(source, column, name)
            columns[column] = pd.Series(np.where(np.isfinite(raw), raw, np.nan))
        else:
            columns[column] = _checked_extra(source[column], name)
    tracks = pd.DataFrame(columns, copy=False)
    repeated = tracks["id"][tracks["id"].duplicated()]
    if len(repeated):
        raise UserError(
            f"Catalogue {name!r} contains the id {repeated.iloc[0][:100]!r} more than once "
            f"({len(repeated)} repeated rows); keep one row per track."
        )
    return tracks


def without_impossible_numbers(tracks: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Replaces numbers that the schema does not allow by NaN.

    Args:
        tracks: A table as from `build_track_table`.

    Returns:
        The table without numbers that are out of the range of their column, and without keys and modes that
        are not whole; and a remark on each column that had some.
    """
    remarks: list[str] = []
    changed: dict[str, FloatArray] = {}
    for name in tracks.columns.intersection(list(columns_by_name())):
        entry = columns_by_name()[name]
        if entry.text:
            continue
        values = numeric_column(tracks, name)
        outside, fractional = entry.outside(values), entry.fractional(values)
        for reason, rows in (
            (f"outside {entry.range}", outside),
            ("is not a whole number", fractional & ~outside),
        ):
            if rows.any():
                remarks.append(f"{name} {reason}, set to unknown: {counted(int(rows.sum()), 'row')}")
                changed[name] = np.where(outside | fractional, np.nan, values)
    return tracks.assign(**changed), remarks


def _text(column: pd.Series) -> pd.Series:
    """Returns a column as text, `""` where it is missing; what is not Unicode becomes `?`."""
    known = column.astype("object").where(column.notna(), "")
    try:
        return known.astype("str")
    except UnicodeEncodeError:
        return known.map(lambda value: str(value).encode("utf-8", "replace").decode()).astype("str")


def _check_frame(frame: pd.DataFrame, name: str) -> None:
    """Raises a UserError unless the frame has rows, and columns with different names of text."""
    if not isinstance(frame, pd.DataFrame):
        raise UserError(
            f"Catalogue {name!r} needs a DataFrame, not {type(frame).__name__}; build one with pandas."
        )
    if not len(frame):
        raise UserError(f"Catalogue {name!r} has no tracks; provide at least one row.")
    for column in frame.columns:
        if not isinstance(column, str):
            raise UserError(
                f"Catalogue {name!r} has a column named {column!r}, which is {type(column).__name__} and not "
                "text; rename it."
            )
    repeated = frame.columns[frame.columns.duplicated()]
    if len(repeated):
        raise UserError(
            f"Catalogue {name!r} has the column {repeated[0]!r} more than once; keep one of them."
        )


def _checked_numbers(frame: pd.DataFrame, column: str, name: str) -> FloatArray:
    """Returns a column as float64 (n,), NaN where it is missing or empty.

    Raises:
        UserError: It contains text, dates or the like, which are not numbers.
    """
    given = frame[column]
    if given.dtype.kind in "iufb" and given.dtype != "object":
        return numeric_column(frame, column)
    if given.dtype.kind in "mMc":
        wrong = given[given.notna()]
    else:
        numbers = pd.to_numeric(given.astype("object"), errors="coerce")
        wrong = given[given.notna() & numbers.isna() & ~given.astype("str").str.strip().isin(("", "nan"))]
        if not len(wrong):
            return np.asarray(numbers, dtype=np.float64)
    if not len(wrong):
        return np.full(len(given), np.nan)
    raise UserError(
        f"Column {column!r} of catalogue {name!r} contains {str(wrong.iloc[0])[:50]!r}, which is not a "
        f"number ({len(wrong)} such rows); correct these values or leave them empty."
    )


def _checked_extra(column: pd.Series, name: str) -> pd.Series:
    """Returns a column outside the schema.

    Raises:
        UserError: A file cannot store it, since its values are of several kinds.
    """
    if column.dtype == "object":
        try:
            pa.array(column, from_pandas=True)
        except (pa.ArrowException, UnicodeError, TypeError, OverflowError) as error:
            raise UserError(
                f"Column {column.name!r} of catalogue {name!r} contains values of several kinds "
                f"({' '.join(str(error).split())[:150]}); make them all text or all numbers."
            ) from error
    return column
