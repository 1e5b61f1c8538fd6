"""HDF5 files of the Million Song Dataset, of one song or many (Bertin-Mahieux et al. 2011)."""

from pathlib import Path
from typing import Any

import pandas as pd

from segue.features.errors import UserError

_SCHEMA_NAMES = {
    "song_id": "id",
    "artist_name": "artist",
    "release": "album",
    # Under its own name it would become the id, but other tables of the data set use `song_id`.
    "track_id": "msd_track_id",
}


def read(path: Path) -> pd.DataFrame:
    """Reads all columns of one file that have one value per song, as text.

    Raises:
        UserError: h5py is not installed, or the file is damaged or not of this data set.
    """
    try:
        import h5py
    except ImportError as error:
        raise UserError(
            "Reading HDF5 files needs h5py; install it with `pip install 'segue[hdf5]'`."
        ) from error
    try:
        with h5py.File(path) as file:
            names = ["metadata/songs", "analysis/songs"]
            names += ["musicbrainz/songs"] if "musicbrainz/songs" in file else []
            return _columns([file[name][:] for name in names])
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise UserError(
            f"{str(path)!r} is damaged or not a file of the Million Song Dataset ({error}); choose another "
            "file or format."
        ) from error


def _columns(tables: list[Any]) -> pd.DataFrame:
    """Joins structured arrays (n,) to one table of text."""
    columns: dict[str, Any] = {}
    for table in tables:
        for name in table.dtype.names or ():
            # Columns named "idx_*" are indices into arrays of segments and bars, which are not read.
            if not name.startswith("idx_"):
                columns[_SCHEMA_NAMES.get(name, name)] = [_text(value) for value in table[name]]
    return pd.DataFrame(columns, dtype="str")


def _text(value: Any) -> str:
    """Returns a value as text, `""` for NaN."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value != value else str(value)
