"""Catalogue files: Parquet tables with the schema version, the scaler and the notes in their metadata."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from segue.features.catalog.scaler import QuantileScaler
from segue.features.errors import UserError
from segue.features.schema import SCHEMA_VERSION

_METADATA_KEY = b"segue.catalog"


@dataclass(frozen=True)
class StoredCatalog:
    """The contents of a catalogue file.

    Attributes:
        name: Short name of the catalogue.
        tracks: One row per track, columns of the schema in raw units.
        scaler: The scaler fitted when the catalogue was made.
        notes: Free text on origin and licences.
    """

    name: str
    tracks: pd.DataFrame
    scaler: QuantileScaler
    notes: str


def write(path: Path, stored: StoredCatalog) -> Path:
    """Writes a catalogue file; if it is interrupted, an older file of that name stays intact."""
    header = {
        "schema_version": SCHEMA_VERSION,
        "name": stored.name,
        "notes": stored.notes,
        "scaler": stored.scaler.as_dict(),
    }
    table = pa.Table.from_pandas(stored.tracks, preserve_index=False)
    table = table.replace_schema_metadata(
        {**(table.schema.metadata or {}), _METADATA_KEY: json.dumps(header).encode()}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    pq.write_table(table, part, compression="zstd")
    part.replace(path)
    return path


def read(path: Path) -> StoredCatalog:
    """Reads a catalogue file.

    Raises:
        UserError: The file is missing, not a catalogue, or of another schema version.
    """
    if not path.is_file():
        raise UserError(f"There is no catalogue file {str(path)!r}; create one with `segue extract`.")
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(
            f"{str(path)!r} is not a Parquet file; read tables of other formats with `segue catalog convert`."
        ) from error
    header = _header(table.schema.metadata or {}, path)
    tracks = table.replace_schema_metadata(None).to_pandas()
    return StoredCatalog(header["name"], tracks, QuantileScaler.from_dict(header["scaler"]), header["notes"])


def _header(metadata: dict[bytes, bytes], path: Path) -> dict[str, Any]:
    """Returns the header of a catalogue file of the current schema version."""
    if _METADATA_KEY not in metadata:
        raise UserError(
            f"{str(path)!r} is a Parquet file but not a segue catalogue; create one with `segue extract` "
            "or `segue catalog convert`."
        )
    header: dict[str, Any] = json.loads(metadata[_METADATA_KEY])
    version = header.get("schema_version")
    if version != SCHEMA_VERSION:
        newer = isinstance(version, int) and version > SCHEMA_VERSION
        fix = "upgrade segue" if newer else "create it again with `segue extract` or `segue catalog convert`"
        raise UserError(
            f"Catalogue {str(path)!r} has schema version {version}, but this segue reads version "
            f"{SCHEMA_VERSION}; {fix}."
        )
    return header
