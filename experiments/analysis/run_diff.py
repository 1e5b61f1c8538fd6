"""In what two runs differ: their records, and what they earn on the sessions that both have met."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from segue.experiments.analysis.bootstrap import Interval, paired_interval
from segue.experiments.runs.run import read_frames

_ABSENT = "-"
_MEASURED = ("train_seconds", "evaluate_seconds", "command")
"""Entries that differ between any two runs and decide nothing."""


def differing_entries(first: dict[str, Any], second: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Compares two records.

    Args:
        first: The `config.json` of a run.
        second: That of another.

    Returns:
        For each entry that differs, by its dotted name, both values; a dash for one that is not there.
    """
    one, two = _flat(first), _flat(second)
    names = [*one, *(name for name in two if name not in one)]
    pairs = {name: (one.get(name, _ABSENT), two.get(name, _ABSENT)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1] and name not in _MEASURED}


def _flat(record: dict[str, Any], before: str = "") -> dict[str, Any]:
    """All leaves of a record by their dotted names."""
    leaves: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict) and value:
            leaves |= _flat(value, f"{before}{name}.")
        else:
            leaves[f"{before}{name}"] = value
    return leaves


def difference_on_common_sessions(folder: Path, other: Path) -> tuple[int, Interval]:
    """How much more the second of two runs earns a session, on the sessions of the same seed.

    They are the same sessions only if the environments are the same.

    Returns:
        How many sessions there are, and the mean of the second minus that of the first.
    """
    tables = [read_frames(each).get("episodes") for each in (folder, other)]
    if any(table is None for table in tables):
        return 0, Interval(*[float("nan")] * 3)
    first, second = (table.set_index("episode")["return"] for table in tables if table is not None)
    common = first.index.intersection(second.index)
    if common.empty:
        return 0, Interval(*[float("nan")] * 3)
    returns = [series.loc[common].to_numpy(dtype=float)[None] for series in (second, first)]
    return len(common), paired_interval(*returns)
