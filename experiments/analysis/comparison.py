"""The two main tables of a study: scores of the agents, and their paired differences."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from segue.experiments.analysis.statistics.interval import Interval
from segue.experiments.analysis.statistics.intervals import (
    FEW,
    iqm_interval,
    mean_over_runs,
    session_share_interval,
    share_interval,
)
from segue.experiments.analysis.statistics.runs import ALL, Runs, RunsByAgent, common, runs_by_environment

MEAN, IQM = "mean", "interquartile mean"
"""What a score is over runs: with fewer than four runs nothing is left out."""

_WON = ("sessions_won", "runs_won")


def score_table(
    episodes: pd.DataFrame, lower: str, upper: str, shares: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Computes the normalised score of each agent with its 95 % interval.

    Args:
        episodes: Rows of (environment, agent, seed, episode, return), and any further metrics of a session.
        lower: Label of the agent that scores 0.
        upper: Label of the agent that scores 1.
        shares: By environment, the share of the catalogue with which the sessions of a run are played.

    Returns:
        One row per environment and agent, and per agent over all environments if there are several:
        environment, agent, seeds (number of runs), episodes (number of sessions), statistic (`mean` or
        `interquartile mean` over runs), score, low, high. The score over all environments is the mean of
        those in each, with equal weight.
    """
    by_environment = runs_by_environment(episodes, shares)
    groups = {name: [name] for name in by_environment}
    if len(by_environment) > 1:
        groups[ALL] = list(by_environment)
    rows = []
    for group, environments in groups.items():
        for agent in by_environment[environments[0]]:
            if any(agent not in by_environment[name] for name in environments):
                continue  # it did not meet all of them
            met = [by_environment[name] for name in environments]
            parts = common(*(here[agent].scores(here[lower], here[upper]) for here in met))
            interval = iqm_interval(parts)
            runs = len(parts[0].seeds)
            rows.append(
                {
                    "environment": group,
                    "agent": agent,
                    "seeds": runs,
                    "episodes": sum(part.values.size for part in parts),
                    "statistic": MEAN if runs < FEW else IQM,
                    "score": interval.estimate,
                    "low": interval.low,
                    "high": interval.high,
                }
            )
    return pd.DataFrame(rows)


def difference_table(episodes: pd.DataFrame, shares: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Computes the paired differences of all agents, in units of return, on the same sessions.

    Args:
        episodes: Rows of (environment, agent, seed, episode, return).
        shares: See `score_table`.

    Returns:
        One row per environment and ordered pair of agents that have runs in common: environment, agent,
        other, difference (mean over these runs), low, high, sessions_won (share of sessions, ties half) and
        runs_won (share of runs), each with `_low` and `_high`, seeds (number of runs), episodes (number of
        sessions).
    """
    rows = []
    for environment, here in runs_by_environment(episodes, shares).items():
        pairs: dict[tuple[str, str], dict[str, float]] = {}
        for agent, other in itertools.combinations(here, 2):
            pairs[agent, other] = _difference(here[agent], here[other])
            pairs[other, agent] = _reversed(pairs[agent, other])
        rows += [
            {"environment": environment, "agent": agent, "other": other, **pairs[agent, other]}
            for agent, other in itertools.permutations(here, 2)
            if pairs[agent, other]["seeds"]
        ]
    return pd.DataFrame(rows)


def _difference(runs: Runs, others: Runs) -> dict[str, float]:
    """Compares two agents on the same sessions."""
    apart, won = runs.minus(others), runs.won_against(others)
    interval = mean_over_runs([apart])
    shares = {"sessions_won": session_share_interval([won]), "runs_won": run_share(runs, others)}
    return {
        "difference": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        **{
            f"{name}{end}": value
            for name, found in shares.items()
            for end, value in zip(("", "_low", "_high"), found, strict=True)
        },
        "seeds": len(apart.seeds),
        "episodes": apart.values.size,
    }


def run_share(runs: Runs, others: Runs) -> Interval:
    """Computes the share of runs in which an agent has the higher mean return, ties counting half."""
    mine, theirs = common(runs, others)
    return share_interval(np.asarray((np.sign(mine.means - theirs.means) + 1) / 2))


def _reversed(pair: dict[str, float]) -> dict[str, float]:
    """Returns the same comparison from the side of the other agent."""
    back = {**pair, "difference": -pair["difference"], "low": -pair["high"], "high": -pair["low"]}
    for name in _WON:
        back |= {
            name: 1.0 - pair[name],
            f"{name}_low": 1.0 - pair[f"{name}_high"],
            f"{name}_high": 1.0 - pair[f"{name}_low"],
        }
    return back


def anchors_apart(here: RunsByAgent, lower: str, upper: str) -> Interval:
    """Computes how much more the upper anchor earns than the lower one, over all sessions of all runs.

    Args:
        here: Runs by agent in one environment.
        lower: Label of the agent that scores 0.
        upper: Label of the agent that scores 1.

    Returns:
        The mean difference in return with its interval over sessions, since a single run has to do.
    """
    apart = here[upper].minus(here[lower]).values.ravel()
    return mean_over_runs([Runs(np.arange(apart.size), apart[:, None])])


def metric_table(episodes: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Averages metrics over all sessions and seeds, by environment and agent, in the order of the study."""
    means = episodes.groupby(["environment", "agent"], sort=False)[list(metrics)].mean()
    return means.reset_index()
