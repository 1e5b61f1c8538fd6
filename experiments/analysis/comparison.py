"""The two main tables of a study: scores of the agents, and their paired differences."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from segue.experiments.analysis.bootstrap import Returns, paired_interval, score_interval
from segue.experiments.analysis.scores import probability_of_improvement, share_of_sessions_won

ALL = "all environments"
"""Name of the rows that summarise all environments, in studies with more than one."""


def return_matrix(episodes: pd.DataFrame, environment: str, agent: str) -> Returns:
    """Arranges the returns of one agent in one environment as (seeds, episodes).

    Args:
        episodes: Rows of (environment, agent, seed, episode, return), one per session.
        environment: Label of the environment.
        agent: Label of the agent.

    Returns:
        (S, E) returns, rows by seed and columns by episode seed, both rising.
    """
    rows = episodes[(episodes["environment"] == environment) & (episodes["agent"] == agent)]
    table = rows.pivot_table(index="seed", columns="episode", values="return")
    return np.asarray(table.to_numpy(dtype=np.float64))


def return_matrices(episodes: pd.DataFrame) -> dict[str, dict[str, Returns]]:
    """Arranges the returns by environment and agent, in the order of the study; see `return_matrix`."""
    return {
        str(environment): {
            agent: return_matrix(episodes, str(environment), agent) for agent in rows["agent"].unique()
        }
        for environment, rows in episodes.groupby("environment", sort=False)
    }


def score_table(episodes: pd.DataFrame, lower: str, upper: str, resamples: int = 2000) -> pd.DataFrame:
    """Computes the normalised score of each agent with its 95 % interval.

    Args:
        episodes: Rows of (environment, agent, seed, episode, return), and any further metrics of a session.
        lower: Label of the agent that scores 0.
        upper: Label of the agent that scores 1.
        resamples: Bootstrap resamples behind each interval.

    Returns:
        One row per environment and agent, and per agent over all environments if there are several:
        environment, agent, seeds, episodes, score, low, high.
    """
    by_environment = return_matrices(episodes)
    groups = {name: [name] for name in by_environment}
    if len(by_environment) > 1:
        groups[ALL] = list(by_environment)
    rows = []
    for group, environments in groups.items():
        for agent in by_environment[environments[0]]:
            if any(agent not in by_environment[name] for name in environments):
                continue  # it did not meet all of them
            strata = [
                (matrices[agent], matrices[lower], matrices[upper])
                for matrices in (by_environment[name] for name in environments)
            ]
            interval = score_interval(strata, resamples=resamples)
            rows.append(
                {
                    "environment": group,
                    "agent": agent,
                    "seeds": len(strata[0][0]),
                    "episodes": sum(returns.shape[1] for returns, _, _ in strata),
                    "score": interval.estimate,
                    "low": interval.low,
                    "high": interval.high,
                }
            )
    return pd.DataFrame(rows)


def difference_table(episodes: pd.DataFrame, resamples: int = 2000) -> pd.DataFrame:
    """Computes the paired differences of all agents, in units of return, on the same sessions.

    Args:
        episodes: Rows of (environment, agent, seed, episode, return).
        resamples: Bootstrap resamples behind each interval.

    Returns:
        One row per environment and ordered pair of agents: environment, agent, other, difference, low,
        high, sessions_won (share of sessions, ties half), runs_won (probability that a run of the agent has a
        higher mean return than a run of the other), seeds, episodes.
    """
    rows = []
    for environment, matrices in return_matrices(episodes).items():
        pairs: dict[tuple[str, str], dict[str, float]] = {}
        for agent, other in itertools.combinations(matrices, 2):
            pairs[agent, other] = _difference(matrices[agent], matrices[other], resamples)
            pairs[other, agent] = _reversed(pairs[agent, other])
        for agent, returns in matrices.items():
            counts = {"seeds": len(returns), "episodes": returns.shape[1]}
            rows += [
                {"environment": environment, "agent": agent, "other": other, **pairs[agent, other], **counts}
                for other in matrices
                if other != agent
            ]
    return pd.DataFrame(rows)


def _difference(returns: Returns, others: Returns, resamples: int) -> dict[str, float]:
    """Compares two agents on the same sessions."""
    interval = paired_interval(returns, others, resamples=resamples)
    return {
        "difference": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "sessions_won": share_of_sessions_won(returns, others),
        "runs_won": probability_of_improvement(returns.mean(axis=1), others.mean(axis=1)),
    }


def _reversed(pair: dict[str, float]) -> dict[str, float]:
    """Returns the same comparison from the side of the other agent."""
    return {
        "difference": -pair["difference"],
        "low": -pair["high"],
        "high": -pair["low"],
        "sessions_won": 1.0 - pair["sessions_won"],
        "runs_won": 1.0 - pair["runs_won"],
    }


def metric_table(episodes: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Averages metrics over all sessions and seeds, by environment and agent, in the order of the study."""
    means = episodes.groupby(["environment", "agent"], sort=False)[list(metrics)].mean()
    return means.reset_index()
