"""One session that all agents played, picked without looking for a pretty one."""

from __future__ import annotations

import pandas as pd

from segue.experiments.results import Results
from segue.experiments.subjects import ranked, subjects


def typical_episode(results: Results, environment: str) -> tuple[str, int, int]:
    """Picks the session that is typical for the best of the agents that the study is about.

    Args:
        results: The tables of the study.
        environment: Label of the environment.

    Returns:
        The agent, its seed and the session's seed: of all sessions of the agent's median seed (by mean
        return) the one with the median return, the lower one of two.
    """
    agent = ranked(results, subjects(results))[0]
    rows = _rows(results.episodes, environment, agent)
    seed = median_seed(results, environment, agent)
    sessions = rows[rows["seed"] == seed].sort_values(["return", "episode"])
    return agent, seed, int(sessions["episode"].iloc[(len(sessions) - 1) // 2])


def median_seed(results: Results, environment: str, agent: str) -> int:
    """The training seed whose mean return is the median of the agent's seeds, the lower one of two."""
    means = _rows(results.episodes, environment, agent).groupby("seed")["return"].mean().sort_values()
    return int(means.index[(len(means) - 1) // 2])


def playlist(results: Results, environment: str, agent: str, episode: int) -> pd.DataFrame:
    """Returns what an agent's median seed played in one session, with what is known of the tracks.

    Args:
        results: The tables of the study.
        environment: Label of the environment.
        agent: Label of the agent.
        episode: Seed of the session.

    Returns:
        One row a play in order, columns of the plays and of the tracks.
    """
    rows = _rows(results.plays, environment, agent)
    chosen = rows[(rows["seed"] == median_seed(results, environment, agent)) & (rows["episode"] == episode)]
    tracks = results.tracks[results.tracks["environment"] == environment]
    named = tracks.drop(columns=["environment", "track_id"])
    return chosen.merge(named, on="index", how="left").sort_values("position", ignore_index=True)


def _rows(frame: pd.DataFrame, environment: str, agent: str) -> pd.DataFrame:
    return frame[(frame["environment"] == environment) & (frame["agent"] == agent)]
