"""Groups of listeners, and for which of them an agent does better or worse than the lower anchor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from segue.experiments.analysis.statistics.intervals import mean_over_runs
from segue.experiments.analysis.statistics.runs import Runs, runs_by_environment

SPLITS = {
    "ease": ("hardest to please", "hard to please", "easy to please", "easiest to please"),
    "choosiness": ("least choosy", "less choosy", "choosy", "most choosy"),
    "transition_share": (
        "least sensitive to transitions",
        "less sensitive to transitions",
        "sensitive to transitions",
        "most sensitive to transitions",
    ),
}
"""Traits by which listeners are split into quarters, and the names of the quarters, the lowest first."""
GROUP = "_group"
"""Suffix of the columns that hold the group of a listener."""
MOST_GROUPS = 8
"""Groups of a column; numbers with more values are split into quarters, of texts the most frequent count."""
_QUARTERS = ("lowest quarter of {}", "lower quarter of {}", "higher quarter of {}", "highest quarter of {}")


def grouped_listeners(environment: str, traits: pd.DataFrame) -> pd.DataFrame:
    """Groups the listeners of an environment by every column of a table.

    Args:
        environment: Label of the environment.
        traits: One row per session: episode, and any other columns, such as the traits of
            `runs.observers.listener_traits`. Numbers are split into quarters unless they have few values;
            anything else is grouped by value. A listener without a value is in no group.

    Returns:
        The rows with the environment and `<column>_group`.
    """
    table = traits.copy()
    for column in [str(name) for name in traits if name not in ("episode", "environment")]:
        values = table[column]
        few = values.nunique() <= MOST_GROUPS and column not in SPLITS
        numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        group = _quarters if numeric and not few else _by_value
        table[f"{column}{GROUP}"] = group(column, values)
    table.insert(0, "environment", environment)
    return table


def _quarters(column: str, values: pd.Series) -> list[str | None]:
    """Returns the name of the quarter that each number falls into."""
    names = _quarter_names(column)
    # Ranks and not values: quarters of equal size, also where values are equal.
    rank = values.rank(method="first").sub(1)
    quarter = rank.mul(len(names)).floordiv(max(values.count(), 1))
    return [None if pd.isna(each) else names[int(each)] for each in quarter]


def _quarter_names(column: str) -> tuple[str, ...]:
    return SPLITS.get(column) or tuple(name.format(column) for name in _QUARTERS)


def _by_value(column: str, values: pd.Series) -> list[str | None]:
    """Returns `column: value` for the most frequent values of a column."""
    frequent = set(values.value_counts().index[:MOST_GROUPS])
    return [f"{column}: {each}" if pd.notna(each) and each in frequent else None for each in values]


def _groups(column: str, found: pd.Series) -> list[str]:
    """Returns the groups of a column that have listeners, in order."""
    known = set(found.dropna())
    quarters = [name for name in _quarter_names(column) if name in known]
    return quarters or sorted(known)


def group_table(
    episodes: pd.DataFrame,
    listeners: pd.DataFrame,
    lower: str,
    shares: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Compares every agent with the lower anchor within groups of listeners.

    Args:
        episodes: Rows of (environment, agent, seed, episode, return).
        listeners: The listeners; see `grouped_listeners`.
        lower: Label of the agent to compare with, usually `random`.
        shares: By environment, the share of the catalogue with which the sessions of a run are played.

    Returns:
        One row for each environment, agent, split (a column of listeners) and group: environment, agent,
        split, group, sessions (of all runs), difference (mean return minus that of the lower anchor on the
        same sessions), low, high, worse (whether the difference is below 0 even if all groups of the
        environment are looked at: by an interval whose confidence is Bonferroni's).
    """
    rows = []
    matrices, ids = runs_by_environment(episodes, shares), runs_by_environment(episodes, column="episode")
    for environment, here in listeners.groupby("environment", sort=False):
        agents = matrices[str(environment)]
        columns = [name for name in map(str, here) if name.endswith(GROUP)]
        groups = [
            (name, group) for name in columns for group in _groups(name.removesuffix(GROUP), here[name])
        ]
        together = 1.0 - 0.05 / max(len(groups), 1)
        for column, group in groups:
            members = here.loc[here[column] == group, "episode"].to_numpy()
            for agent in (name for name in agents if name != lower):
                apart = agents[agent].minus(agents[lower])
                played = ids[str(environment)][agent].of(apart.seeds).values
                own = apart.where(np.isin(played, members))
                about = {"environment": environment, "agent": agent}
                about |= {"split": column.removesuffix(GROUP), "group": group}
                rows.append({**about, **_difference(own, together)})
    return pd.DataFrame(rows)


def _difference(apart: Runs, together: float) -> dict[str, float | bool]:
    """Returns the columns of `group_table` about the sessions of one group.

    Args:
        apart: Differences from the lower anchor, NaN in the sessions of other groups.
        together: Confidence of an interval that holds together with those of all other groups.
    """
    found = mean_over_runs([apart])
    return {
        "sessions": int(np.isfinite(apart.values).sum()),
        "difference": found.estimate,
        "low": found.low,
        "high": found.high,
        "worse": mean_over_runs([apart], together).below,
    }
