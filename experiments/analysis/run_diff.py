"""Differences between two runs: their records, and their returns on common sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from segue.experiments.analysis.bootstrap import mean_interval
from segue.experiments.analysis.statistics.interval import NOTHING, Interval
from segue.experiments.runs.folder import read_record, read_tables

_ABSENT = "-"
_MEASURED = ("train_seconds", "validation_seconds", "evaluate_seconds", "policy_seconds", "command")
"""Entries that differ between any two runs and do not matter."""


def differing_entries(first: dict[str, Any], second: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Compares two records.

    Args:
        first: The `config.json` of a run.
        second: The `config.json` of another run.

    Returns:
        Both values of each entry that differs, by its dotted name; a dash for a missing one.
    """
    one, two = _flat(first), _flat(second)
    names = [*one, *(name for name in two if name not in one)]
    pairs = {name: (one.get(name, _ABSENT), two.get(name, _ABSENT)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1] and name not in _MEASURED}


def _flat(record: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Returns all leaves of a record by their dotted names."""
    leaves: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict) and value:
            leaves |= _flat(value, f"{before}{name}.")
        else:
            leaves[f"{before}{name}"] = value
    return leaves


def _sessions(folder: Path) -> pd.DataFrame | None:
    """Reads the sessions of a run; a model has none."""
    return read_tables(folder)["episodes"] if "episodes" in read_record(folder)["spec"] else None


def difference_on_common_sessions(folder: Path, other: Path) -> tuple[int, Interval]:
    """Computes how much more the second of two runs earns per session, on the sessions with common seeds.

    They are the same sessions only if the environments are the same.

    Returns:
        The number of common sessions, and the mean return of the second run minus that of the first, with an
        interval over these sessions: what other runs would do is not in it.
    """
    tables = [_sessions(each) for each in (folder, other)]
    if any(table is None for table in tables):
        return 0, NOTHING
    first, second = (table.set_index("episode")["return"] for table in tables if table is not None)
    common = first.index.intersection(second.index)
    if common.empty:
        return 0, NOTHING
    apart = second.loc[common].to_numpy(dtype=float) - first.loc[common].to_numpy(dtype=float)
    return len(common), mean_interval(apart)
