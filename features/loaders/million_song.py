"""The Million Song Dataset's HDF5 files, of one song or of many (Bertin-Mahieux et al. 2011)."""

from pathlib import Path
from typing import Any

import pandas as pd

from segue.features.errors import UserError

_OURS = {
    "song_id": "id",
    "artist_name": "artist",
    "release": "album",
    # Their name would be taken for the id, by which other tables of the data set do not know a song.
    "track_id": "msd_track_id",
}


def read(path: Path) -> pd.DataFrame:
    """Reads one file: a row a song, all that is one value a song.

    Raises:
        UserError: When h5py is not installed or the file is not of this data set.
    """
    try:
        import h5py
    except ImportError as error:
        raise UserError("Reading HDF5 needs the package h5py: pip install 'segue[hdf5]'.") from error
    try:
        with h5py.File(path) as file:
            tables = [file["metadata/songs"][:], file["analysis/songs"][:]]
            if "musicbrainz/songs" in file:
                tables.append(file["musicbrainz/songs"][:])
    except (OSError, KeyError) as error:
        raise UserError(f"{str(path)!r} is no file of the Million Song Dataset: {error}.") from error
    columns: dict[str, Any] = {}
    for table in tables:
        for name in table.dtype.names:
            # Names in "idx_" point into arrays of segments and bars, which are no columns.
            if not name.startswith("idx_"):
                columns[_OURS.get(name, name)] = _values(table[name])
    return pd.DataFrame(columns)


def _values(column: Any) -> Any:
    return [text.decode("utf-8", "replace") for text in column] if column.dtype.kind == "S" else column
