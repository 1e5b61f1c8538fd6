"""Catalogue files: Parquet tables with schema version, scaler, notes and a checksum in their metadata."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from segue.features.catalog.checksum import content_checksum
from segue.features.catalog.scaler import QuantileScaler
from segue.features.errors import UserError, excerpt
from segue.features.existing_files import is_file, what_else, write_whole
from segue.features.schema import SCHEMA_VERSION

_METADATA_KEY = b"segue.catalog"


class NotACatalogError(UserError):
    """The file is not a catalogue."""


@dataclass(frozen=True)
class StoredCatalog:
    """The contents of a catalogue file.

    Attributes:
        name: Short name of the catalogue.
        tracks: One row per track, columns of the schema in raw units.
        scaler: The scaler fitted when the catalogue was made.
        notes: Free text on origin and licences.
        root: Folder that the column `path` is relative to; `""` if there is none.
    """

    name: str
    tracks: pd.DataFrame
    scaler: QuantileScaler
    notes: str
    root: str = ""


def write(path: Path, stored: StoredCatalog) -> Path:
    """Writes a catalogue file; if it is interrupted, an older file of that name stays intact.

    Raises:
        UserError: A column contains values that Parquet cannot store.
    """
    try:
        table = pa.Table.from_pandas(stored.tracks, preserve_index=False)
    except (pa.ArrowException, UnicodeError, TypeError) as error:
        raise UserError(
            f"Catalogue {stored.name!r} cannot be saved ({' '.join(str(error).split())[:150]}); give each "
            "column values of one kind."
        ) from error
    header = {
        "schema_version": SCHEMA_VERSION,
        "name": stored.name,
        "notes": stored.notes,
        "root": stored.root,
        "scaler": stored.scaler.as_dict(),
    }
    header["checksum"] = content_checksum(table.replace_schema_metadata(None).to_pandas(), header)
    table = table.replace_schema_metadata(
        {**(table.schema.metadata or {}), _METADATA_KEY: json.dumps(header).encode()}
    )
    with write_whole(path) as file:
        pq.write_table(table, file, compression="zstd")
    return path


def read(path: Path) -> StoredCatalog:
    """Reads a catalogue file; files of version 0.1 have no checksum.

    Raises:
        UserError: The file is missing, damaged, not a catalogue, or of another schema version.
    """
    if not is_file(path):
        raise missing(path)
    table = _read_table(path)
    header = _header(table.schema.metadata or {}, path)
    try:
        tracks = table.replace_schema_metadata(None).to_pandas()
        if "checksum" in header and header["checksum"] != content_checksum(tracks, header):
            raise damaged(path, "its checksum is another")
        scaler = QuantileScaler.from_dict(header["scaler"])
        return StoredCatalog(
            str(header["name"]), tracks, scaler, str(header["notes"]), str(header.get("root", ""))
        )
    except UserError:
        raise
    except Exception as error:  # damaged bytes can make pyarrow and pandas raise anything
        raise damaged(path, f"{type(error).__name__}") from error


def missing(path: Path) -> UserError:
    """Builds the error for a path that is not a file."""
    if other := what_else(path):
        return UserError(f"{str(path)!r} {other}; choose a catalogue file.")
    if path.suffix.lower() in (".parquet", ""):
        return UserError(
            f"There is no catalogue file {excerpt(path)!r}; check its path, or create one with "
            "`segue extract`."
        )
    return UserError(f"There is no file {excerpt(path)!r}; check its path.")


def damaged(path: Path, reason: str) -> UserError:
    """Builds the error for a catalogue file whose contents are not those that were written."""
    return UserError(
        f"Catalogue {str(path)!r} is damaged ({reason}); restore it from a copy, or delete it and create it "
        "again with `segue extract` or `segue catalog convert`."
    )


def _read_table(path: Path) -> pa.Table:
    """Returns the table in a Parquet file."""
    try:
        with path.open("rb") as file:
            is_parquet = file.read(4) == b"PAR1"
    except OSError as error:
        raise UserError(f"{str(path)!r} cannot be read ({error}); choose a readable file.") from error
    if not is_parquet:
        raise NotACatalogError(
            f"{str(path)!r} is not a Parquet file and so not a segue catalogue; convert tables in other "
            "formats with `segue catalog convert`."
        )
    try:
        with path.open("rb") as file:  # opened by Python, since Arrow takes no name that is not Unicode
            return pq.read_table(file)
    except Exception as error:  # damaged bytes can make pyarrow raise anything
        raise damaged(path, f"{type(error).__name__}") from error


def _header(metadata: dict[bytes, bytes], path: Path) -> dict[str, Any]:
    """Returns the header of a catalogue file of the current schema version."""
    if _METADATA_KEY not in metadata:
        raise NotACatalogError(
            f"{str(path)!r} is a Parquet file but not a segue catalogue; save its table as CSV, which "
            "`segue catalog convert` reads."
        )
    try:
        header: dict[str, Any] = json.loads(metadata[_METADATA_KEY])
        version = header.get("schema_version")
    except (ValueError, AttributeError, RecursionError) as error:
        raise damaged(path, "its header is unreadable") from error
    if version != SCHEMA_VERSION:
        newer = isinstance(version, int) and version > SCHEMA_VERSION
        fix = "upgrade segue" if newer else "create it again with `segue extract` or `segue catalog convert`"
        raise UserError(
            f"Catalogue {str(path)!r} has schema version {version}, but this segue reads version "
            f"{SCHEMA_VERSION}; {fix}."
        )
    return header
