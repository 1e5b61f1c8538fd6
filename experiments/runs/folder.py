"""What a run leaves in its folder, and how it is read again.

Everything that the tables, figures and report of a study show of a run is in these files: reading them needs
neither the environment nor the agent nor the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from segue.experiments.storage.atomic import read_json
from segue.features import Catalog
from segue.features.arrays import IntArray
from segue.features.errors import UserError

FORMAT = 2
"""Format of the folders of runs and models; another one is refused. Version 0.1 wrote no number."""
CONFIG = "config.json"
"""The record of a run or a model: its specification, its times and its provenance."""
TRAINING = "training.json"
"""The record of the training in the folder of a run."""
TABLES = ("episodes", "plays", "listeners", "tracks", "explanations", "order", "curve")
"""Tables in the folder of a run; `order` only if orders were analysed, `curve` only if the agent learns."""
TRACK_COLUMNS = ("title", "artist", "path", "duration", "tempo", "energy", "key", "mode")
"""Facts that a run stores about each track that it names, in raw units; missing if unknown."""


def read_record(folder: Path) -> dict[str, Any]:
    """Reads the record of a run or a model.

    Raises:
        UserError: It was made by a version of segue whose folders this one does not read.
    """
    record = read_json(folder / CONFIG)
    if record.get("format") != FORMAT:
        raise other_version(folder, record.get("versions", {}).get("segue", "0.1"))
    return record


def other_version(folder: Path, version: str = "0.1") -> UserError:
    """Builds the error for a folder that another version of segue has made."""
    return UserError(
        f"{folder} was made by segue {version}, whose folders this version cannot read: "
        "run the study again with `segue compare`, in a new folder."
    )


def read_tables(folder: Path) -> Mapping[str, pd.DataFrame]:
    """Reads those of `TABLES` that a run has."""
    files = {name: folder / f"{name}.parquet" for name in TABLES}
    return {name: pd.read_parquet(file) for name, file in files.items() if file.is_file()}


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
