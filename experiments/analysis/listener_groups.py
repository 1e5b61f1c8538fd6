"""For whom an agent does better or worse than the agent that anchors the scale."""

from __future__ import annotations

import pandas as pd

from segue.experiments.analysis.bootstrap import paired_interval
from segue.experiments.analysis.comparison import return_matrix
from segue.experiments.analysis.listener_traits import GROUP, SPLITS


def group_table(episodes: pd.DataFrame, listeners: pd.DataFrame, lower: str, resamples: int) -> pd.DataFrame:
    """Compares every agent with the lower anchor within groups of listeners.

    Args:
        episodes: Rows of (environment, agent, seed, episode, return).
        listeners: Who the listeners are; see `listener_table`.
        lower: Label of the agent to compare with, usually `random`.
        resamples: Bootstrap resamples behind each interval.

    Returns:
        One row for each environment, agent, split and group: environment, agent, split, group, sessions,
        difference (mean return minus that of the lower anchor on the same sessions), low, high, worse
        (whether the whole interval lies below 0).
    """
    rows = []
    for environment, who in listeners.groupby("environment", sort=False):
        agents = episodes.loc[episodes["environment"] == environment, "agent"].unique()
        matrices = {agent: return_matrix(episodes, str(environment), agent) for agent in agents}
        order = who.sort_values("episode")
        for split, names in SPLITS.items():
            for name in names if f"{split}{GROUP}" in who and who[split].notna().all() else ():
                chosen = (order[f"{split}{GROUP}"] == name).to_numpy()
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
