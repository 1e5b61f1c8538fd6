"""The table of what `experiments/off_policy/coverage.py --write` measured."""

from __future__ import annotations

import pandas as pd
from markdown_table import table

HEAD = ("estimator", "bias", "standard deviation", "root mean squared error", "coverage", "width")


def coverage() -> str:
    """Shows bias and coverage of the estimators, a table per case."""
    from segue.experiments.off_policy.coverage import TABLE

    return "\n\n".join(_case(rows) for _, rows in pd.read_csv(TABLE).groupby("case", sort=False))


def _case(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    cells = [
        (
            row["estimator"],
            f"{row['bias']:+.2f} ± {1.96 * row['bias_se']:.2f}".replace("-", "−"),
            f"{row['deviation']:.2f}",
            f"{row['rmse']:.2f}",
            f"{row['coverage']:.0%}",
            f"{row['width']:.2f}",
        )
        for row in rows.to_dict("records")
    ]
    return (
        f"**{first['case'].capitalize()}**: logged by {first['logged']} with ε = {first['epsilon']:g}, "
        f"target {_target(first)}, {first['length']:.0f} tracks of {first['pool_size']:.0f} candidates in "
        f"`{first['environment']}`; {first['datasets']} logs of {first['sessions']} sessions, worth "
        f"{first['effective']:.0f} of the target's on average. True value {first['true']:.2f} ± "
        f"{1.96 * first['true_se']:.2f}.\n\n{table(HEAD, cells)}"
    )


def _target(row: pd.Series) -> str:
    name, epsilon = row["target"], row["target_epsilon"]
    return f"{name} with ε = {epsilon:g}" if epsilon else str(name)
