"""Groups of listeners, and for which of them an agent does better or worse than the lower anchor."""

from __future__ import annotations

import pandas as pd

from segue.experiments.analysis.bootstrap import paired_interval
from segue.experiments.analysis.comparison import return_matrix

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
"""Suffix of the columns that hold the quarter of a listener."""


def grouped_listeners(environment: str, traits: pd.DataFrame) -> pd.DataFrame:
    """Splits the listeners of an environment into quarters.

    Args:
        environment: Label of the environment.
        traits: One row per session: episode and traits; see `runs.listener_traits`.

    Returns:
        The rows with the environment and `<trait>_group` for each of `SPLITS` that the listeners have.
    """
    table = traits.copy()
    for trait, names in SPLITS.items():
        if trait in table:
            # Ranks and not values: quarters of equal size, also where values are equal.
            rank = table[trait].rank(method="first").sub(1)
            quarter = rank.mul(len(names)).floordiv(len(table)).astype(int)
            table[f"{trait}{GROUP}"] = [names[each] for each in quarter]
    table.insert(0, "environment", environment)
    return table


def group_table(episodes: pd.DataFrame, listeners: pd.DataFrame, lower: str, resamples: int) -> pd.DataFrame:
    """Compares every agent with the lower anchor within groups of listeners.

    Args:
        episodes: Rows of (environment, agent, seed, episode, return).
        listeners: The listeners; see `grouped_listeners`.
        lower: Label of the agent to compare with, usually `random`.
        resamples: Bootstrap resamples behind each interval.

    Returns:
        One row for each environment, agent, split and group: environment, agent, split, group, sessions,
        difference (mean return minus that of the lower anchor on the same sessions), low, high, worse
        (whether the whole interval lies below 0).
    """
    rows = []
    for environment, here in listeners.groupby("environment", sort=False):
        agents = episodes.loc[episodes["environment"] == environment, "agent"].unique()
        matrices = {agent: return_matrix(episodes, str(environment), agent) for agent in agents}
        ordered = here.sort_values("episode")
        for split, names in SPLITS.items():
            for name in names if f"{split}{GROUP}" in here and here[split].notna().all() else ():
                chosen = (ordered[f"{split}{GROUP}"] == name).to_numpy()
                for agent in agents if chosen.any() else ():
                    if agent == lower:
                        continue
                    interval = paired_interval(
                        matrices[agent][:, chosen], matrices[lower][:, chosen], resamples=resamples
                    )
                    about = {"environment": environment, "agent": agent, "split": split, "group": name}
                    numbers = {"difference": interval.estimate, "low": interval.low, "high": interval.high}
                    rows.append(
                        {**about, "sessions": int(chosen.sum()), **numbers, "worse": interval.high < 0}
                    )
    return pd.DataFrame(rows)
