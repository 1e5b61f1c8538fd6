"""How long a study took, in words."""

from __future__ import annotations

import pandas as pd

from segue.experiments.formatting import counted, duration


def time_taken(timing: pd.DataFrame) -> str:
    """Says how long a study took, and how long its trainings and runs take on one core.

    Args:
        timing: The one row of `segue.experiments.analysis.gather.timing_table`.
    """
    (row,) = timing.to_dict("records")
    parts = []
    if row["processes"]:  # none if every run came from other studies
        wall = duration(row["wall_seconds"])
        most = "1 process" if row["processes"] == 1 else f"up to {row['processes']} processes"
        parts.append(f"The study took {wall} with {most}.")
    costs = [f"{duration(row['evaluate_seconds'])} to evaluate {counted(row['runs'], 'run')}"]
    if row["models"]:
        costs.insert(0, f"{duration(row['train_seconds'])} to train {counted(row['models'], 'model')}")
    many = "all" if row["reused"] == row["runs"] else f"{row['reused']:,} of them"
    reused = f" ({many} reused from other studies)" if row["reused"] else ""
    parts.append(f"On one core: {', '.join(costs)}{reused}.")
    return " ".join(parts)
