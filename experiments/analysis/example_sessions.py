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
        The agent, and the seed of the session with the median return among the sessions of `shown_run`, the
        lower one of two.
    """
    agent = best_agent(results, environment)
    rows = _rows(results.episodes, environment, agent)
    seed = shown_run(results, environment)
    sessions = rows[rows["seed"] == seed].sort_values(["return", "episode"])
    return agent, int(sessions["episode"].iloc[(len(sessions) - 1) // 2])


def shown_run(results: Results, environment: str) -> int:
    """Chooses the run whose sessions are shown, since other runs have other tracks and listeners.

    Args:
        results: The tables of the study.
        environment: Label of the environment.

    Returns:
        The seed of the best agent's run with the median return, the lower one of two; among the runs that
        most agents have.
    """
    runs = results.runs[results.runs["environment"] == environment]
    counts = runs.groupby("seed")["agent"].nunique()
    shared = counts.index[counts == counts.max()]
    rows = _rows(results.episodes, environment, best_agent(results, environment))
    own = rows[rows["seed"].isin(shared)]
    means = (rows if own.empty else own).groupby("seed")["return"].mean().sort_values()
    return int(means.index[(len(means) - 1) // 2])


def playlists(
    results: Results, environment: str, agents: Sequence[str], episodes: Sequence[int]
) -> dict[tuple[int, str], pd.DataFrame]:
    """Returns what the agents played in some sessions of `shown_run`, with the facts about the tracks.

    Args:
        results: The tables of the study.
        environment: Label of the environment.
        agents: Labels of the agents.
        episodes: Seeds of the sessions.

    Returns:
        By session and agent: one row per play in order, with the columns of the plays and of the tracks.
        Agents that do not have this run are left out.
    """
    tracks = results.tracks[results.tracks["environment"] == environment]
    facts = tracks.drop(columns=["environment", "track_id"])
    plays = results.plays
    here = (plays["environment"] == environment) & (plays["seed"] == shown_run(results, environment))
    few = plays[here & plays["episode"].isin(list(episodes))]
    found = {}
    for agent in [agent for agent in agents if (few["agent"] == agent).any()]:
        chosen = few[few["agent"] == agent].merge(facts, on="index", how="left")
        for episode in episodes:
            rows = chosen[chosen["episode"] == episode]
            found[episode, agent] = rows.sort_values("position", ignore_index=True)
    return found


def explanations(
    results: Results, environment: str, agents: Sequence[str], episodes: Sequence[int]
) -> dict[tuple[int, str], pd.DataFrame]:
    """Returns how the agents explained their choices in some sessions of `shown_run`.

    Args:
        results: The tables of the study.
        environment: Label of the environment.
        agents: Labels of the agents.
        episodes: Seeds of the sessions.

    Returns:
        By session and agent: one row per play and named candidate, see `runs.observers.explanations`.
        Sessions without an explanation are left out.
    """
    table = results.explanations
    if table.empty:
        return {}
    found = {}
    run = (table["environment"] == environment) & (table["seed"] == shown_run(results, environment))
    here = table[run & table["episode"].isin(list(episodes))]
    for agent in [agent for agent in agents if (here["agent"] == agent).any()]:
        rows = here[here["agent"] == agent]
        for episode, part in rows.groupby("episode"):
            found[int(str(episode)), agent] = part.sort_values(["position", "rank"], ignore_index=True)
    return found


def _rows(frame: pd.DataFrame, environment: str, agent: str) -> pd.DataFrame:
    return frame[(frame["environment"] == environment) & (frame["agent"] == agent)]
