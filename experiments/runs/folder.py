"""What a run leaves in its folder, and how it is read again.

Everything that the tables, figures and report of a study show of a run is in these files: reading them needs
neither the environment nor the agent nor the catalogue.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from segue.experiments.storage.checksums import (
    CHECKSUMS,
    DamagedError,
    checked_bytes,
    checked_table,
    read_checksums,
    require_intact,
)
from segue.features import Catalog
from segue.features.arrays import IntArray
from segue.features.errors import UserError

FORMAT = 4
"""Format of the folders of runs and models; another one is refused. Version 0.1 wrote no number."""
CONFIG = "config.json"
"""The record of a run or a model: its specification, its times and its provenance."""
TRAINING = "training.json"
"""The record of the training in the folder of a run."""
TABLES = ("episodes", "plays", "listeners", "tracks", "explanations", "order", "curve", "validation")
"""Tables in the folder of a run; `order` only if orders were analysed, `curve` only if the agent learns,
`validation` only if there are validation sessions."""
NEEDED_TABLES = TABLES[:5]
"""The tables that every run has."""
TRACK_COLUMNS = ("title", "artist", "path", "duration", "tempo", "energy", "key", "mode")
"""Facts that a run stores about each track that it names, in raw units; missing if unknown."""


def read_record(folder: Path) -> dict[str, Any]:
    """Reads the record of a run or a model.

    Raises:
        UserError: It was made by a version of segue whose folders this one does not read.
        DamagedError: It is missing or was altered.
    """
    if not (folder / CHECKSUMS).is_file():
        _refuse_other_version(folder)
    record: dict[str, Any] = json.loads(checked_bytes(folder, CONFIG, read_checksums(folder, CONFIG)))
    if record.get("format") != FORMAT:
        raise other_version(folder, _version(record))
    return record


def _refuse_other_version(folder: Path) -> None:
    """Refuses the folder of a version that wrote no checksums.

    Raises:
        UserError: It is one.
    """
    try:
        record = json.loads((folder / CONFIG).read_bytes())
    except (OSError, ValueError):
        return
    if isinstance(record, dict) and record.get("format") != FORMAT:
        raise other_version(folder, _version(record))


def _version(record: dict[str, Any]) -> str:
    """Returns the version of segue that a record names."""
    versions = record.get("versions")
    return str(versions.get("segue", "0.1"))[:40] if isinstance(versions, dict) else "0.1"


def other_version(folder: Path, version: str = "0.1") -> UserError:
    """Builds the error for a folder that another version of segue has made."""
    return UserError(
        f"{folder} was made by segue {version}, whose folders this version cannot read: "
        "run the study again with `segue compare`, in a new folder."
    )


def read_tables(folder: Path) -> Mapping[str, pd.DataFrame]:
    """Reads those of `TABLES` that a run has.

    Raises:
        DamagedError: One of them is missing or was altered.
    """
    checksums = read_checksums(folder, CONFIG)
    stored = [name for name in TABLES if name in NEEDED_TABLES or f"{name}.parquet" in checksums]
    return {name: checked_table(folder, f"{name}.parquet", checksums) for name in stored}


def damage_of(folder: Path, *, run: bool) -> DamagedError | None:
    """Finds out whether the folder of a run or a model is damaged.

    Args:
        folder: The folder, which exists.
        run: Whether it is a run, which has tables.

    Returns:
        The error that names the damage; None if the folder is intact.

    Raises:
        UserError: Another version of segue made it.
    """
    try:
        read_record(folder)
        require_intact(folder, CONFIG, [f"{name}.parquet" for name in NEEDED_TABLES] if run else ())
    except DamagedError as error:
        return error
    return None


def track_table(catalog: Catalog, index: IntArray) -> pd.DataFrame:
    """Collects what is known of some tracks.

    Args:
        catalog: The catalogue.
        index: (n,) rows of the catalogue.

    Returns:
        One row per track: index, track_id and `TRACK_COLUMNS`.
    """
    tracks = catalog.tracks.loc[index]
    known = {name: tracks.get(name) for name in TRACK_COLUMNS}
    return pd.DataFrame({"index": index, "track_id": tracks["id"], **known}).reset_index(drop=True)
