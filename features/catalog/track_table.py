"""The track table of a catalogue: column types, order and unique ids."""

import numpy as np
import pandas as pd

from segue.features.arrays import FloatArray
from segue.features.errors import UserError
from segue.features.schema import canonical_order, columns_by_name, text_columns

REQUIRED_TEXT = ("id", "title", "artist", "album")


def numeric_column(frame: pd.DataFrame, name: str) -> FloatArray:
    """Returns a column as float64 (n,), NaN where it is not a number."""
    return np.asarray(pd.to_numeric(frame[name], errors="coerce"), dtype=np.float64)


def build_track_table(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Builds the table `Catalog.tracks` from raw columns.

    Args:
        frame: Any columns; without `id`, the row number becomes the id.
        name: Name of the catalogue, for messages.

    Returns:
        A new table with index 0..n-1; schema columns come first, with fixed types and no infinite values.

    Raises:
        UserError: The frame has no row, or an id occurs twice.
    """
    if not len(frame):
        raise UserError(f"Catalogue {name!r} has no tracks; provide at least one row.")
    columns: dict[str, pd.Series] = {}
    source = frame.reset_index(drop=True)
    for column in canonical_order([*REQUIRED_TEXT, *(c for c in source.columns if c not in REQUIRED_TEXT)]):
        if column not in source:
            values = range(len(source)) if column == "id" else ""
            columns[column] = pd.Series(values, index=source.index).astype("str")
        elif column in text_columns():
            columns[column] = source[column].fillna("").astype("str")
        elif column in columns_by_name():
            raw = numeric_column(source, column)
            columns[column] = pd.Series(np.where(np.isfinite(raw), raw, np.nan))
        else:
            columns[column] = source[column]
    tracks = pd.DataFrame(columns, copy=False)
    repeated = tracks["id"][tracks["id"].duplicated()]
    if len(repeated):
        raise UserError(
            f"Catalogue {name!r} contains the id {repeated.iloc[0]!r} more than once "
            f"({len(repeated)} repeated rows); keep one row per track."
        )
    return tracks
