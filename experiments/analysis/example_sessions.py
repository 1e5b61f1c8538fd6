"""One session that all agents played, picked without looking for a pretty one."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from segue.experiments.analysis.agent_roles import best_agent
from segue.experiments.study.results import Results


def typical_episode(results: Results, environment: str) -> tuple[str, int, int]:
    """Picks the session that is typical for the agent that the study is about.

    Args:
        results: The tables of the study.
        environment: Label of the environment.

    Returns:
        The agent, its seed and the session's seed: of all sessions of the agent's median seed (by mean
        return) the one with the median return, the lower one of two.
    """
    agent = best_agent(results, environment)
    rows = _rows(results.episodes, environment, agent)
    seed = median_seed(results, environment, agent)
    sessions = rows[rows["seed"] == seed].sort_values(["return", "episode"])
    return agent, seed, int(sessions["episode"].iloc[(len(sessions) - 1) // 2])


def median_seed(results: Results, environment: str, agent: str) -> int:
    """The training seed whose mean return is the median of the agent's seeds, the lower one of two."""
    means = _rows(results.episodes, environment, agent).groupby("seed")["return"].mean().sort_values()
    return int(means.index[(len(means) - 1) // 2])


def playlists(
    results: Results, environment: str, agents: Sequence[str], episodes: Sequence[int]
) -> dict[tuple[int, str], pd.DataFrame]:
    """Returns what each agent's median seed played in some sessions, with what is known of the tracks.

    Args:
        results: The tables of the study.
        environment: Label of the environment.
        agents: Labels of the agents.
        episodes: Seeds of the sessions.

    Returns:
        By session and agent: one row a play in order, columns of the plays and of the tracks. Agents that
        did not meet the environment are left out.
    """
    tracks = results.tracks[results.tracks["environment"] == environment]
    named = tracks.drop(columns=["environment", "track_id"])
    plays = results.plays
    few = plays[(plays["environment"] == environment) & plays["episode"].isin(list(episodes))]
    walks = {}
    for agent in [agent for agent in agents if (few["agent"] == agent).any()]:
        seed = median_seed(results, environment, agent)
        chosen = few[(few["agent"] == agent) & (few["seed"] == seed)].merge(named, on="index", how="left")
        for episode in episodes:
            rows = chosen[chosen["episode"] == episode]
            walks[episode, agent] = rows.sort_values("position", ignore_index=True)
    return walks


def _rows(frame: pd.DataFrame, environment: str, agent: str) -> pd.DataFrame:
    return frame[(frame["environment"] == environment) & (frame["agent"] == agent)]
