"""Tables that compare runs, not sessions: performance profiles and the probability of improvement.

After Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice" (NeurIPS).
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping

import numpy as np
import pandas as pd

from segue.experiments.analysis.statistics.interval import Interval
from segue.experiments.analysis.statistics.intervals import share_interval
from segue.experiments.analysis.statistics.runs import ALL, Runs, RunsByAgent, common, runs_by_environment
from segue.features.arrays import FloatArray

THRESHOLDS = np.round(np.arange(-0.5, 1.501, 0.05), 2)
"""Normalised scores at which profiles are computed."""


def profile_table(episodes: pd.DataFrame, lower: str, upper: str) -> pd.DataFrame:
    """Computes performance profiles: the share of runs that score above a threshold.

    Args:
        episodes: Rows of (environment, agent, seed, episode, return).
        lower: Label of the agent that scores 0.
        upper: Label of the agent that scores 1.

    Returns:
        One row per environment (and over all of them, if there are several), agent and threshold:
        environment, agent, threshold, share, low, high; the band is pointwise, and NaN for a single run.
    """
    rows = []
    for group, agents, parts in _groups(runs_by_environment(episodes)):
        for agent in agents:
            scores = common(*(part[agent].scores(part[lower], part[upper]) for part in parts))
            above = np.mean([score.means[:, None] > THRESHOLDS for score in scores], axis=0)
            share, low, high = zip(*(share_interval(column) for column in above.T), strict=True)
            table = {"threshold": THRESHOLDS, "share": share, "low": low, "high": high}
            rows.append(pd.DataFrame({"environment": group, "agent": agent, **table}))
    return pd.concat(rows, ignore_index=True)


def improvement_table(episodes: pd.DataFrame, learned: Collection[str]) -> pd.DataFrame:
    """Computes the probability that a run of one agent does better than that of another, on the same split.

    Args:
        episodes: Rows of (environment, agent, seed, episode, return).
        learned: Labels of the agents that were trained: a pair is listed if it contains one of them.

    Returns:
        One row per environment (and over all of them, if there are several) and ordered pair of agents:
        environment, agent, other, probability (share of the runs that both have, ties half), low, high; NaN
        ends for a single run. Over all environments, the mean of their shares.
    """
    rows = []
    for group, agents, parts in _groups(runs_by_environment(episodes)):
        for agent, other in itertools.combinations(agents, 2):
            if agent in learned or other in learned:
                found = share_interval(_won([(part[agent], part[other]) for part in parts]))
                back = Interval(1 - found.estimate, 1 - found.high, 1 - found.low)
                rows += [_row(group, agent, other, found), _row(group, other, agent, back)]
    return pd.DataFrame(rows, columns=["environment", "agent", "other", "probability", "low", "high"])


def _won(pairs: list[tuple[Runs, Runs]]) -> FloatArray:
    """Returns the share of environments in which each run of one agent does better than that of another."""
    apart = common(*(agent.minus(other) for agent, other in pairs))
    return np.asarray(np.mean([(np.sign(each.means) + 1) / 2 for each in apart], axis=0))


def _row(group: str, agent: str, other: str, interval: Interval) -> dict[str, object]:
    about = {"environment": group, "agent": agent, "other": other}
    return {**about, "probability": interval.estimate, "low": interval.low, "high": interval.high}


def _groups(matrices: Mapping[str, RunsByAgent]) -> Iterator[tuple[str, list[str], list[RunsByAgent]]]:
    """Yields each environment, then all of them together: name, agents, and their runs per environment."""
    for environment, agents in matrices.items():
        yield environment, list(agents), [agents]
    if len(matrices) > 1:
        parts = list(matrices.values())
        yield ALL, [agent for agent in parts[0] if all(agent in part for part in parts)], parts
