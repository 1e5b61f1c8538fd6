"""Example sessions that all agents played, chosen by rank and not by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from segue.experiments.analysis.agent_roles import best_agent
from segue.experiments.study.results import Results


def typical_episode(results: Results, environment: str) -> tuple[str, int]:
    """Chooses the session that is typical of the best agent.

    Args:
        results: The tables of the study.
        environment: Label of the environment.

    Returns:
        The agent, and the seed of the session with the median return among the sessions of the agent's median
        seed, the lower one of two.
    """
    agent = best_agent(results, environment)
    rows = _rows(results.episodes, environment, agent)
    seed = median_seed(results, environment, agent)
    sessions = rows[rows["seed"] == seed].sort_values(["return", "episode"])
    return agent, int(sessions["episode"].iloc[(len(sessions) - 1) // 2])


def median_seed(results: Results, environment: str, agent: str) -> int:
    """Returns the seed whose mean return is the median of the agent's seeds, the lower one of two."""
    means = _rows(results.episodes, environment, agent).groupby("seed")["return"].mean().sort_values()
    return int(means.index[(len(means) - 1) // 2])


def playlists(
    results: Results, environment: str, agents: Sequence[str], episodes: Sequence[int]
) -> dict[tuple[int, str], pd.DataFrame]:
    """Returns what the median seed of each agent played in some sessions, with the facts about the tracks.

    Args:
        results: The tables of the study.
        environment: Label of the environment.
        agents: Labels of the agents.
        episodes: Seeds of the sessions.

    Returns:
        By session and agent: one row per play in order, with the columns of the plays and of the tracks.
        Agents that did not meet the environment are left out.
    """
    tracks = results.tracks[results.tracks["environment"] == environment]
    facts = tracks.drop(columns=["environment", "track_id"])
    plays = results.plays
    few = plays[(plays["environment"] == environment) & plays["episode"].isin(list(episodes))]
    found = {}
    for agent in [agent for agent in agents if (few["agent"] == agent).any()]:
        seed = median_seed(results, environment, agent)
        chosen = few[(few["agent"] == agent) & (few["seed"] == seed)].merge(facts, on="index", how="left")
        for episode in episodes:
            rows = chosen[chosen["episode"] == episode]
            found[episode, agent] = rows.sort_values("position", ignore_index=True)
    return found


def explanations(
    results: Results, environment: str, agents: Sequence[str], episodes: Sequence[int]
) -> dict[tuple[int, str], pd.DataFrame]:
    """Returns how the median seed of each agent explained its choices in some sessions.

    Args:
        results: The tables of the study.
        environment: Label of the environment.
        agents: Labels of the agents.
        episodes: Seeds of the sessions.

    Returns:
        By session and agent: one row per play and named candidate, see `runs.explanations`. Sessions without
        an explanation are left out.
    """
    table = results.explanations
    if table.empty:
        return {}
    found = {}
    here = table[(table["environment"] == environment) & table["episode"].isin(list(episodes))]
    for agent in [agent for agent in agents if (here["agent"] == agent).any()]:
        rows = here[(here["agent"] == agent) & (here["seed"] == median_seed(results, environment, agent))]
        for episode, part in rows.groupby("episode"):
            found[int(str(episode)), agent] = part.sort_values(["position", "rank"], ignore_index=True)
    return found


def _rows(frame: pd.DataFrame, environment: str, agent: str) -> pd.DataFrame:
    return frame[(frame["environment"] == environment) & (frame["agent"] == agent)]
