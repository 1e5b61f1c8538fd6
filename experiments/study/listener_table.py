"""A table of listeners that a study groups by: what its user knows of each session, in any columns."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from segue.experiments.study.config import StudyConfig
from segue.experiments.study.resolve import find_file
from segue.features.errors import UserError, excerpt
from segue.features.existing_files import is_file

MOST_COLUMNS = 12
"""Columns to group by; each is a panel of a figure."""
KEYS = ("environment", "episode")
"""Columns that say whose row it is."""


def read_listener_table(study: StudyConfig, folder: Path = Path()) -> pd.DataFrame | None:
    """Reads the table that `evaluation.listeners` names.

    Args:
        study: The study.
        folder: The folder of its file, where the table may lie too.

    Returns:
        One row per listener: episode (seed of the session, as in `results/listeners.csv`), the columns to
        group by, and environment if listeners differ between environments; None if the study names no table.

    Raises:
        UserError: The file cannot be read, or lacks sessions or columns.
    """
    if study.evaluation.listeners is None:
        return None
    path = Path(find_file(folder, study.evaluation.listeners))
    what = f"The table of listeners {excerpt(path)}"
    if not is_file(path):
        raise UserError(f"{what}: no such file; check `evaluation.listeners`.")
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except Exception as error:  # pandas and pyarrow have many
        raise UserError(f"{what} is neither CSV nor Parquet ({excerpt(error)}).") from error
    table.columns = table.columns.map(str)
    columns = [name for name in table if name not in KEYS]
    if "episode" not in table or not 1 <= len(columns) <= MOST_COLUMNS or not table.columns.is_unique:
        raise UserError(
            f"{what} needs the column `episode` and from 1 to {MOST_COLUMNS} different columns to group by."
        )
    keys = [name for name in KEYS if name in table]
    if table.duplicated(keys).any():
        raise UserError(f"{what} has two rows for one session; keep one of them.")
    for environment in study.environments:
        rows = table[table["environment"] == environment.label] if "environment" in table else table
        known = set(rows["episode"])
        for run in study.run_seeds:
            seeds = study.evaluation.seeds(run)
            if not known.issuperset(seeds):
                raise UserError(
                    f"{what} lacks sessions of {environment.label!r}; for the run with seed {run} its column "
                    f"`episode` must hold {seeds[0]} to {seeds[-1]}."
                )
    return table


def with_listener_table(environment: str, traits: pd.DataFrame, table: pd.DataFrame | None) -> pd.DataFrame:
    """Adds the columns of a table of listeners to the traits of the listeners of an environment.

    Args:
        environment: Label of the environment.
        traits: One row per session: episode and traits.
        table: What `read_listener_table` returned.
    """
    if table is None:
        return traits
    if "environment" in table:
        table = table[table["environment"] == environment].drop(columns="environment")
    known = table.drop(columns=[name for name in traits if name in table and name != "episode"])
    return traits.merge(known, on="episode", how="left")
