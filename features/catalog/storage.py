"""Catalogue files: one Parquet with the schema version, the scaler and the notes in its metadata."""

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

_KEY = b"segue.catalog"


@dataclass(frozen=True)
class Stored:
    """What a catalogue file holds."""

    name: str
    tracks: pd.DataFrame
    scaler: QuantileScaler
    notes: str


def write(path: Path, stored: Stored) -> Path:
    """Writes a catalogue file; a crash half-way leaves an older file of that name as it was."""
    header = {
        "schema_version": SCHEMA_VERSION,
        "name": stored.name,
        "notes": stored.notes,
        "scaler": stored.scaler.as_dict(),
    }
    table = pa.Table.from_pandas(stored.tracks, preserve_index=False)
    table = table.replace_schema_metadata(
        {**(table.schema.metadata or {}), _KEY: json.dumps(header).encode()}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    pq.write_table(table, part, compression="zstd")
    part.replace(path)
    return path


def read(path: Path) -> Stored:
    """Reads a catalogue file.

    Raises:
        UserError: When it is missing, no Parquet, no catalogue, or of another schema version.
    """
    if not path.is_file():
        raise UserError(f"There is no catalogue file {str(path)!r}: make one with `segue extract`.")
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(
            f"{str(path)!r} is no Parquet file: a CSV is read with `segue catalog convert`."
        ) from error
    header = _header(table.schema.metadata or {}, path)
    tracks = table.replace_schema_metadata(None).to_pandas()
    return Stored(header["name"], tracks, QuantileScaler.from_dict(header["scaler"]), header["notes"])


def _header(metadata: dict[bytes, bytes], path: Path) -> dict[str, Any]:
    if _KEY not in metadata:
        raise UserError(
            f"{str(path)!r} is a Parquet file but no segue catalogue: make one with `segue extract` "
            "or `segue catalog convert`."
        )
    header: dict[str, Any] = json.loads(metadata[_KEY])
    if header.get("schema_version") != SCHEMA_VERSION:
        raise UserError(
            f"Catalogue {str(path)!r} has schema version {header.get('schema_version')}, this segue reads "
            f"version {SCHEMA_VERSION}: make it again with `segue extract`."
        )
    return header
