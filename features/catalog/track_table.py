"""Tidying the table of tracks that a catalogue is built from."""

import numpy as np
import pandas as pd

from segue.features.arrays import FloatArray
from segue.features.errors import UserError
from segue.features.schema import canonical_order, columns_by_name, text_columns

ALWAYS_TEXT = ("id", "title", "artist", "album")


def numbers(frame: pd.DataFrame, name: str) -> FloatArray:
    """Returns a column as float64 (n,), NaN where it is no number."""
    return np.asarray(pd.to_numeric(frame[name], errors="coerce"), dtype=np.float64)


def clean_frame(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Brings a table into the form of `Catalog.tracks`.

    Args:
        frame: Any columns; needs `id` or gets the row number.
        name: Name of the catalogue, for messages.

    Returns:
        A new table with index 0..n-1, schema columns first and of fixed types, no infinite number.

    Raises:
        UserError: When it has no row or an id occurs twice.
    """
    if not len(frame):
        raise UserError(f"Catalogue {name!r} holds no track.")
    columns: dict[str, pd.Series] = {}
    source = frame.reset_index(drop=True)
    for column in canonical_order([*ALWAYS_TEXT, *(c for c in source.columns if c not in ALWAYS_TEXT)]):
        if column not in source:
            values = range(len(source)) if column == "id" else ""
            columns[column] = pd.Series(values, index=source.index).astype("str")
        elif column in text_columns():
            columns[column] = source[column].fillna("").astype("str")
        elif column in columns_by_name():
            raw = numbers(source, column)
            columns[column] = pd.Series(np.where(np.isfinite(raw), raw, np.nan))
        else:
            columns[column] = source[column]
    tracks = pd.DataFrame(columns, copy=False)
    repeated = tracks["id"][tracks["id"].duplicated()]
    if len(repeated):
        raise UserError(
            f"Catalogue {name!r} holds the id {repeated.iloc[0]!r} more than once "
            f"({len(repeated)} rows too many): keep one row a track."
        )
    return tracks
