"""The data of the session explorer: the evaluated sessions, with what every agent played."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np
import pandas as pd

from segue.envs.core.step_result import UTILITY
from segue.experiments.analysis.agent_roles import baselines, best_agent, ranked, roles
from segue.experiments.analysis.example_sessions import explanations, shown_run
from segue.experiments.figures.drawing.style import agent_styles
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results
from segue.features.arrays import AnyArray
from segue.features.catalog.transitions import camelot_number

QUANTILES = {0.5: "typical", 0.05: "very poor", 0.25: "poor", 0.75: "good", 0.95: "very good"}
"""Sessions that are named: quantiles of the best agent's returns."""
MOST_PLAYS = 1_500_000
"""Plays that a report can hold, about 10 bytes each; of larger studies it has the first sessions."""
SHORT = 32767
"""Largest number of 16 bits with a sign."""


def sessions_json(results: Results, study: StudyConfig) -> str:
    """Writes the data of the session explorer as JSON that may stand inside a script element.

    Args:
        results: The tables of the study.
        study: The study.

    Returns:
        An object with `agents` (name, role, colour), `first` (the two agents to begin with) and
        `environments`: see `_environment`.
    """
    agents = ranked(results, [agent.label for agent in study.agents])
    styles, role_of, best = agent_styles(study), roles(results), best_agent(results)
    rivals = [agent for agent in [*ranked(results, baselines(results)), *agents] if agent != best]
    count = shown_sessions(results, study)
    content = {
        "agents": [{"name": a, "role": role_of[a], "colour": styles[a].colour} for a in agents],
        "first": [best, rivals[0]],
        "environments": [_environment(results, env.label, agents, count) for env in study.environments],
    }
    # No "<" can end the script element early.
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def shown_sessions(results: Results, study: StudyConfig) -> int:
    """Returns how many sessions of each environment the explorer has: all, unless they are too many."""
    seeds = results.runs.groupby(["environment", "agent"])["seed"].nunique().mean()
    plays = len(results.plays) / max(seeds, 1.0)
    share = MOST_PLAYS / max(plays, 1.0)
    return max(1, int(study.evaluation.episodes * min(share, 1.0)))


def named_sessions(results: Results, environment: str, sessions: list[int]) -> dict[int, str]:
    """Names the sessions that are quantiles of the best agent's returns.

    Args:
        results: The tables of the study.
        environment: Label of the environment.
        sessions: Seeds of the sessions to choose from.

    Returns:
        A name by the seed of the session, the typical one first.
    """
    best, episodes, run = best_agent(results, environment), results.episodes, shown_run(results, environment)
    rows = episodes[
        (episodes["environment"] == environment)
        & (episodes["agent"] == best)
        & (episodes["seed"] == run)
        & episodes["episode"].isin(sessions)
    ]
    ordered = rows.sort_values(["return", "episode"])["episode"].tolist()
    chosen: dict[int, str] = {}
    for quantile, word in QUANTILES.items():
        chosen.setdefault(int(ordered[int(quantile * (len(ordered) - 1))]), f"{word} for {best}")
    return chosen


def _environment(results: Results, environment: str, agents: list[str], count: int) -> dict[str, Any]:
    """Collects what is shown of one environment: the sessions of its `shown_run`.

    Returns:
        `name`; `terms`; `scales` of the rewards and of the terms; `tracks`, see `_track`; `sessions`, their
        seeds; `named`, places in that list with a name; `starts`, the track that each starts from; `plays` by
        agent, see `_packed`; and `explanations` by session and agent.
    """
    plays, run = results.plays, shown_run(results, environment)
    here = plays[(plays["environment"] == environment) & (plays["seed"] == run)]
    sessions = sorted(int(seed) for seed in here["episode"].unique())[:count]
    terms = _terms(here)
    by_agent = {agent: _plays_of(here, agent, sessions) for agent in agents if (here["agent"] == agent).any()}
    explained = explanations(results, environment, list(by_agent), sessions)
    everything = pd.concat(by_agent.values())
    indices = [everything["index"], everything["previous"], *(rows["index"] for rows in explained.values())]
    known = np.unique(np.concatenate([part.to_numpy(np.int64) for part in indices]))
    largest = (np.abs(everything[name].to_numpy()).max(initial=1e-9) for name in ("reward", *terms))
    scales = [float(value) / SHORT for value in largest]
    starts = everything[everything["position"] == 0].drop_duplicates("episode").set_index("episode")
    named = named_sessions(results, environment, sessions)
    reasons: dict[str, dict[str, Any]] = {}
    for (episode, agent), rows in explained.items():
        reasons.setdefault(str(episode), {})[agent] = _explanations(rows, known)
    return {
        "name": environment,
        "terms": [term.removeprefix(UTILITY) for term in terms],
        "scales": scales,
        "tracks": _tracks(results, environment, known),
        "sessions": sessions,
        "named": [[sessions.index(seed), label] for seed, label in named.items()],
        "starts": np.searchsorted(known, starts.loc[sessions, "previous"]).tolist(),
        "plays": {agent: _packed(rows, known, sessions, terms, scales) for agent, rows in by_agent.items()},
        "explanations": reasons,
    }


def _plays_of(plays: pd.DataFrame, agent: str, sessions: list[int]) -> pd.DataFrame:
    """Returns what an agent played, session by session."""
    own = plays[(plays["agent"] == agent) & plays["episode"].isin(sessions)]
    return own.sort_values(["episode", "position"], ignore_index=True)


def _terms(plays: pd.DataFrame) -> list[str]:
    """Returns the columns of the terms of an environment's listener that are not always 0."""
    # Terms of the listeners of other environments are missing here; the constant is nobody's doing.
    names = [str(name) for name in plays if str(name).startswith(UTILITY) and name != f"{UTILITY}bias"]
    return [name for name in names if plays[name].notna().any() and plays[name].abs().max() > 0]


def _packed(
    rows: pd.DataFrame, known: AnyArray, sessions: list[int], terms: list[str], scales: list[float]
) -> str:
    """Packs the plays of one agent.

    Returns:
        In base 64 the zlib-compressed, little-endian arrays: number of plays of each session, uint32; track
        of each play (place in `known`), uint32; reward and then each term, int16 in units of `scales`;
        listened in units of 1/200, uint8; 1 if it was skipped plus 2 if the listener left, uint8.
    """
    lengths = rows.groupby("episode").size().reindex(sessions, fill_value=0)
    numbers = zip(("reward", *terms), scales, strict=True)
    parts = [
        lengths.to_numpy("<u4"),
        np.searchsorted(known, rows["index"]).astype("<u4"),
        *(np.rint(rows[name].fillna(0.0).to_numpy() / scale).astype("<i2") for name, scale in numbers),
        np.rint(200.0 * rows["listened"].clip(0.0, 1.0)).to_numpy("u1"),
        (rows["skipped"].astype("u1") + 2 * rows["left"].astype("u1")).to_numpy("u1"),
    ]
    return base64.b64encode(zlib.compress(b"".join(part.tobytes() for part in parts), 9)).decode("ascii")


def _explanations(rows: pd.DataFrame, known: AnyArray) -> list[list[list[int]]]:
    """Returns one list per play: for each named candidate its track and its rank from 0."""
    named: list[list[list[int]]] = [[] for _ in range(int(rows["position"].max()) + 1)]
    for row in rows.to_dict("records"):
        named[int(row["position"])].append([int(np.searchsorted(known, row["index"])), int(row["rank"])])
    return named


def _tracks(results: Results, environment: str, known: AnyArray) -> list[list[Any]]:
    """Describes the tracks with these rows of the catalogue, in their order."""
    here = results.tracks[results.tracks["environment"] == environment].set_index("index")
    return [_track(row) for row in here.loc[known].to_dict("records")]


def _track(row: dict[Any, Any]) -> list[Any]:
    """Returns what is shown of a track: title, artist, tempo in BPM, Camelot key, energy; null if unknown."""
    title = row["title"] if pd.notna(row["title"]) else row["track_id"]
    artist = row["artist"] if pd.notna(row["artist"]) else ""
    known = pd.notna(row["key"]) and pd.notna(row["mode"])
    key = f"{camelot_number(row['key'], row['mode'])}{'AB'[int(row['mode'])]}" if known else None
    return [str(title), str(artist), _rounded(row["tempo"], 0), key, _rounded(row["energy"], 2)]


def _rounded(value: Any, digits: int) -> float | None:
    return round(float(value), digits) if pd.notna(value) else None
