"""Tables that compare runs, not sessions: performance profiles and the probability of improvement.

After Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice" (NeurIPS).
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from segue.experiments.analysis.bootstrap import Interval, Returns, improvement_interval, profile_band
from segue.experiments.analysis.comparison import ALL, return_matrices

THRESHOLDS = np.round(np.arange(-0.5, 1.501, 0.05), 2)
"""Normalised scores at which profiles are computed."""

Matrices = dict[str, dict[str, Returns]]


def profile_table(episodes: pd.DataFrame, lower: str, upper: str, resamples: int) -> pd.DataFrame:
    """Computes performance profiles: the share of runs that score above a threshold.

    Args:
        episodes: Rows of (environment, agent, seed, episode, return).
        lower: Label of the agent that scores 0.
        upper: Label of the agent that scores 1.
        resamples: Bootstrap resamples behind each band.

    Returns:
        One row per environment (and over all of them, if there are several), agent and threshold:
        environment, agent, threshold, share, low, high.
    """
    rows = []
    for group, agents, parts in _groups(return_matrices(episodes)):
        for agent in agents:
            strata = [(part[agent], part[lower], part[upper]) for part in parts]
            share, low, high = profile_band(strata, THRESHOLDS, resamples=resamples)
            table = {"threshold": THRESHOLDS, "share": share, "low": low, "high": high}
            rows.append(pd.DataFrame({"environment": group, "agent": agent, **table}))
    return pd.concat(rows, ignore_index=True)


def improvement_table(episodes: pd.DataFrame, learned: Collection[str], resamples: int) -> pd.DataFrame:
    """Computes the probability that a run of one agent does better than a run of another.

    Args:
        episodes: Rows of (environment, agent, seed, episode, return).
        learned: Labels of the agents that were trained: a pair is listed if it contains one of them.
        resamples: Bootstrap resamples behind each interval.

    Returns:
        One row per environment (and over all of them, if there are several) and ordered pair of agents:
        environment, agent, other, probability, low, high.
    """
    rows = []
    for group, agents, parts in _groups(return_matrices(episodes)):
        for agent, other in itertools.combinations(agents, 2):
            if agent in learned or other in learned:
                found = improvement_interval(
                    [(part[agent], part[other]) for part in parts], resamples=resamples
                )
                back = Interval(1 - found.estimate, 1 - found.high, 1 - found.low)
                rows += [_row(group, agent, other, found), _row(group, other, agent, back)]
    return pd.DataFrame(rows, columns=["environment", "agent", "other", "probability", "low", "high"])


def _row(group: str, agent: str, other: str, interval: Interval) -> dict[str, object]:
    about = {"environment": group, "agent": agent, "other": other}
    return {**about, "probability": interval.estimate, "low": interval.low, "high": interval.high}


def _groups(matrices: Matrices) -> Iterator[tuple[str, list[str], list[dict[str, Returns]]]]:
    """Yields each environment, then all of them together: name, agents, and their returns per environment."""
    for environment, agents in matrices.items():
        yield environment, list(agents), [agents]
    if len(matrices) > 1:
        parts = list(matrices.values())
        yield ALL, [agent for agent in parts[0] if all(agent in part for part in parts)], parts
