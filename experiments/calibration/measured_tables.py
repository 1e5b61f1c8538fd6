"""The measured tables that are kept in the repository, from which the documentation shows them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from segue.features.source_tree import source_folder

FOLDER = Path(__file__).parent / "measured"
DIGITS = 3


def table_path(name: str) -> Path:
    """Returns the file of a table, such as `terms`, `policies` or `summary`."""
    return FOLDER / f"{name}.csv"


def read_table(name: str) -> pd.DataFrame:
    """Reads a kept table; its first column names the environment."""
    return pd.read_csv(table_path(name))


def replace_rows(name: str, env_id: str, rows: pd.DataFrame) -> None:
    """Replaces the rows of one environment in a kept table.

    Args:
        name: Name of the table.
        env_id: The environment.
        rows: Its new rows.
    """
    rows = rows.copy()
    rows.insert(0, "environment", env_id)
    if table_path(name).is_file():
        others = read_table(name)
        others = others[others["environment"] != env_id]
        rows = pd.concat([others, rows]) if len(others) else rows
    source_folder(__file__)
    FOLDER.mkdir(exist_ok=True)
    ordered = rows.sort_values("environment", kind="stable")
    ordered.to_csv(table_path(name), index=False, float_format=f"%.{DIGITS}f", lineterminator="\n")
