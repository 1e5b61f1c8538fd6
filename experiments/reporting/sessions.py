"""The data of the session explorer: a few sessions per environment, with what every agent played."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from segue.envs.core.step_result import UTILITY
from segue.experiments.analysis.agent_roles import baselines, best_agent, ranked, roles
from segue.experiments.analysis.example_sessions import explanations, playlists, shown_run
from segue.experiments.figures.drawing.style import agent_styles
from segue.experiments.runs.explanations import EXPLAINED_SESSIONS
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results
from segue.features.catalog.transitions import camelot_number

QUANTILES = {0.5: "typical", 0.05: "very poor", 0.25: "poor", 0.75: "good", 0.95: "very good"}
"""Which of the explained sessions are shown: quantiles of the best agent's returns, and their names."""


def sessions_json(results: Results, study: StudyConfig) -> str:
    """Writes the data of the session explorer as JSON that may stand inside a script element.

    Args:
        results: The tables of the study.
        study: The study.

    Returns:
        An object with `agents` (name, role, colour), `first` (the two agents to begin with) and
        `environments`: name, terms, tracks by index, sessions (seed, label), and plays and explanations by
        session and agent.
    """
    agents = ranked(results, [agent.label for agent in study.agents])
    styles, role_of, best = agent_styles(study), roles(results), best_agent(results)
    rivals = [agent for agent in [*ranked(results, baselines(results)), *agents] if agent != best]
    content = {
        "agents": [{"name": a, "role": role_of[a], "colour": styles[a].colour} for a in agents],
        "first": [best, rivals[0]],
        "environments": [_environment(results, study, env.label, agents) for env in study.environments],
    }
    # No "<" can end the script element early.
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def chosen_sessions(results: Results, study: StudyConfig, environment: str) -> list[tuple[int, str]]:
    """Chooses the sessions of an environment by quantiles of the best agent's returns.

    Only the first sessions of a run are explained, so the quantiles are those of these sessions.

    Args:
        results: The tables of the study.
        study: The study.
        environment: Label of the environment.

    Returns:
        Seed and label of each, the typical one first.
    """
    best, episodes, run = best_agent(results, environment), results.episodes, shown_run(results, environment)
    rows = episodes[
        (episodes["environment"] == environment)
        & (episodes["agent"] == best)
        & (episodes["seed"] == run)
        & episodes["episode"].isin(study.evaluation.seeds(run)[:EXPLAINED_SESSIONS])
    ]
    sessions = rows.sort_values(["return", "episode"])["episode"].tolist()
    chosen: dict[int, str] = {}
    for quantile, word in QUANTILES.items():
        chosen.setdefault(int(sessions[int(quantile * (len(sessions) - 1))]), f"{word} for {best}")
    return list(chosen.items())


def _environment(results: Results, study: StudyConfig, environment: str, agents: list[str]) -> dict[str, Any]:
    """Collects what is shown of one environment."""
    sessions = chosen_sessions(results, study, environment)
    episodes = [episode for episode, _ in sessions]
    terms = _terms(results.plays[results.plays["environment"] == environment])
    plays: dict[str, dict[str, Any]] = {}
    named: set[int] = set()
    for (episode, agent), playlist in playlists(results, environment, agents, episodes).items():
        named |= set(playlist["index"])
        plays.setdefault(str(episode), {})[agent] = _plays(playlist, terms)
    explained: dict[str, dict[str, Any]] = {}
    for (episode, agent), rows in explanations(results, environment, agents, episodes).items():
        named |= set(rows["index"])
        explained.setdefault(str(episode), {})[agent] = _explanations(rows, len(plays[str(episode)][agent]))
    tracks = results.tracks[
        (results.tracks["environment"] == environment) & results.tracks["index"].isin(named)
    ]
    return {
        "name": environment,
        "terms": [term.removeprefix(UTILITY) for term in terms],
        "tracks": {str(row["index"]): _track(row) for row in tracks.to_dict("records")},
        "sessions": [{"seed": episode, "label": label} for episode, label in sessions],
        "plays": plays,
        "explanations": explained,
    }


def _terms(plays: pd.DataFrame) -> list[str]:
    """Returns the columns of the terms of an environment's listener, without its constant."""
    # Terms of the listeners of other environments are missing here.
    known = [str(name) for name in plays if str(name).startswith(UTILITY) and plays[name].notna().any()]
    return [name for name in known if name != f"{UTILITY}bias"]


def _plays(playlist: pd.DataFrame, terms: list[str]) -> list[list[Any]]:
    """Returns one list per play: track, listened, skipped, left, reward, and the terms."""
    return [
        [
            int(row["index"]),
            round(float(row["listened"]), 2),
            int(row["skipped"]),
            int(row["left"]),
            round(float(row["reward"]), 3),
            [round(float(row[term]), 3) for term in terms],
        ]
        for row in playlist.to_dict("records")
    ]


def _explanations(rows: pd.DataFrame, plays: int) -> list[list[list[Any]]]:
    """Returns one list per play: for each named candidate the track, its score and its rank from 0."""
    named: list[list[list[Any]]] = [[] for _ in range(plays)]
    for row in rows.to_dict("records"):
        candidate = [int(row["index"]), round(float(row["score"]), 3), int(row["rank"])]
        named[int(row["position"])].append(candidate)
    return named


def _track(row: dict[Any, Any]) -> list[Any]:
    """Returns what is shown of a track: title, artist, tempo in BPM, Camelot key, energy; null if unknown."""
    title = row["title"] if pd.notna(row["title"]) else row["track_id"]
    artist = row["artist"] if pd.notna(row["artist"]) else ""
    known = pd.notna(row["key"]) and pd.notna(row["mode"])
    key = f"{camelot_number(row['key'], row['mode'])}{'AB'[int(row['mode'])]}" if known else None
    return [str(title), str(artist), _rounded(row["tempo"], 0), key, _rounded(row["energy"], 2)]


def _rounded(value: Any, digits: int) -> float | None:
    return round(float(value), digits) if pd.notna(value) else None
