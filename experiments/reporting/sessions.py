"""The sessions that a reader can look into: a few of each environment, with what every agent played."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from segue.envs.core.step_result import UTILITY
from segue.experiments.analysis.agent_roles import baselines, best_agent, ranked, roles
from segue.experiments.analysis.example_sessions import median_seed, playlists
from segue.experiments.analysis.gather import TRACK_COLUMNS
from segue.experiments.figures.drawing.style import agent_styles
from segue.experiments.reporting.reasons import explained
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results
from segue.features.catalog.transitions import camelot_number

QUANTILES = {0.5: "typical", 0.05: "very poor", 0.25: "poor", 0.75: "good", 0.95: "very good"}
"""Which sessions are kept: quantiles of the best agent's returns, and what they are called."""


def sessions_json(results: Results, study: StudyConfig, runs: Path | None = None) -> str:
    """Writes what the session browser shows as JSON that may stand inside a script element.

    Args:
        results: The tables of the study.
        study: The study.
        runs: The folder of its runs, to ask the agents why they chose a track; None asks nobody.

    Returns:
        An object with `agents` (name, role, colour), `first` (the two agents to begin with) and
        `environments`: name, terms, tracks by index, sessions (seed, label), and plays and reasons by
        session and agent.
    """
    order, styles, role_of = (
        ranked(results, [a.label for a in study.agents]),
        agent_styles(study),
        roles(results),
    )
    best = best_agent(results)
    rivals = [agent for agent in [*ranked(results, baselines(results)), *order] if agent != best]
    content = {
        "agents": [{"name": a, "role": role_of[a], "colour": styles[a].colour} for a in order],
        "first": [best, rivals[0]],
        "environments": [_environment(results, env.label, order, runs) for env in study.environments],
    }
    # No "<" can end the script element early.
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def chosen_sessions(results: Results, environment: str) -> list[tuple[int, str]]:
    """Picks the sessions of an environment: by quantiles, so that nobody picked the pretty ones.

    Args:
        results: The tables of the study.
        environment: Label of the environment.

    Returns:
        Seed and label of each, the typical one first.
    """
    best, episodes = best_agent(results, environment), results.episodes
    seed = median_seed(results, environment, best)
    rows = episodes[(episodes["environment"] == environment) & (episodes["agent"] == best)]
    sessions = rows[rows["seed"] == seed].sort_values(["return", "episode"])["episode"].tolist()
    picked: dict[int, str] = {}
    for quantile, word in QUANTILES.items():
        picked.setdefault(int(sessions[int(quantile * (len(sessions) - 1))]), f"{word} for {best}")
    return list(picked.items())


def _environment(results: Results, environment: str, agents: list[str], runs: Path | None) -> dict[str, Any]:
    """All of one environment."""
    sessions = chosen_sessions(results, environment)
    plays = results.plays[results.plays["environment"] == environment]
    # Terms of another environment's listener are missing here.
    known = [str(name) for name in plays if str(name).startswith(UTILITY) and plays[name].notna().any()]
    terms = [name for name in known if name != f"{UTILITY}bias"]
    tracks: dict[str, list[Any]] = {}
    played: dict[str, dict[str, Any]] = {}
    episodes = [episode for episode, _ in sessions]
    walks = playlists(results, environment, agents, episodes)
    for (episode, agent), walk in walks.items():
        tracks |= {str(row["index"]): _track(row) for row in walk.to_dict("records")}
        played.setdefault(str(episode), {})[agent] = _plays(walk, terms)
    reasons: dict[str, dict[str, Any]] = {}
    if runs is not None:
        found, catalog = explained(results, runs, environment, agents, episodes)
        for (episode, agent), why in found.items():
            reasons.setdefault(str(episode), {})[agent] = why
            for index in {index for best in why for index, _ in best}:
                tracks.setdefault(str(index), _track(_row(catalog, index)))
    return {
        "name": environment,
        "terms": [term.removeprefix(UTILITY) for term in terms],
        "tracks": tracks,
        "sessions": [{"seed": episode, "label": label} for episode, label in sessions],
        "plays": played,
        "reasons": reasons,
    }


def _plays(walk: pd.DataFrame, terms: list[str]) -> list[list[Any]]:
    """One list a play: track, listened, skipped, left, reward, and the terms."""
    return [
        [
            int(row["index"]),
            round(float(row["listened"]), 2),
            int(row["skipped"]),
            int(row["left"]),
            round(float(row["reward"]), 3),
            [round(float(row[term]), 3) for term in terms],
        ]
        for row in walk.to_dict("records")
    ]


def _track(row: dict[Any, Any]) -> list[Any]:
    """What is shown of a track: title, artist, tempo in BPM, Camelot key, energy; null where unknown."""
    title = row["title"] if pd.notna(row["title"]) else row["track_id"]
    artist = row["artist"] if pd.notna(row["artist"]) else ""
    known = pd.notna(row["key"]) and pd.notna(row["mode"])
    key = f"{camelot_number(row['key'], row['mode'])}{'AB'[int(row['mode'])]}" if known else None
    return [str(title), str(artist), _rounded(row["tempo"], 0), key, _rounded(row["energy"], 2)]


def _row(catalog: pd.DataFrame, index: int) -> dict[Any, Any]:
    """A track of the catalogue, with what it lacks as missing."""
    known = catalog.loc[index].to_dict()
    return {**dict.fromkeys(TRACK_COLUMNS), "track_id": known["id"], **known}


def _rounded(value: Any, digits: int) -> float | None:
    return round(float(value), digits) if pd.notna(value) else None
