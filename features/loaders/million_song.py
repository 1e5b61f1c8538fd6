"""The Million Song Dataset's HDF5 files, of one song or of many (Bertin-Mahieux et al. 2011)."""

from pathlib import Path
from typing import Any

import pandas as pd

from segue.features.errors import UserError

_METADATA = {"song_id": "id", "title": "title", "artist_name": "artist", "release": "album", "genre": "genre"}
_ANALYSIS = ("duration", "tempo", "loudness", "key", "mode", "energy", "danceability")


def read(path: Path) -> pd.DataFrame:
    """Reads one file; energy and danceability, 0 throughout in the public release, are left out then.

    Raises:
        UserError: When h5py is not installed or the file is not of this data set.
    """
    try:
        import h5py
    except ImportError as error:
        raise UserError("Reading HDF5 needs the package h5py: pip install h5py.") from error
    try:
        with h5py.File(path) as file:
            metadata, analysis = file["metadata/songs"][:], file["analysis/songs"][:]
            years = file["musicbrainz/songs"]["year"] if "musicbrainz/songs" in file else None
    except (OSError, KeyError) as error:
        raise UserError(f"{str(path)!r} is no file of the Million Song Dataset: {error}.") from error
    return _table(metadata, analysis, years)


def _table(metadata: Any, analysis: Any, years: Any) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for theirs, ours in _METADATA.items():
        if theirs in metadata.dtype.names:
            columns[ours] = [value.decode("utf-8", "replace") for value in metadata[theirs]]
    for name in _ANALYSIS:
        values = analysis[name]
        if name not in ("energy", "danceability") or values.any():
            columns[name] = values
    if years is not None:
        columns["year"] = [value or None for value in years]
    return pd.DataFrame(columns)
