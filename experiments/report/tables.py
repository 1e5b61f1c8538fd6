"""The tables of a report, as rows of text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from segue.experiments.comparison import ALL, metric_table
from segue.experiments.config import StudyConfig
from segue.experiments.examples import playlist, typical_episode
from segue.experiments.figures.style import looks
from segue.experiments.results import Results
from segue.experiments.subjects import learners, oracles, ranked, subjects
from segue.experiments.words import DASH, number, per_cent, signed, span
from segue.features.transitions import camelot_number


@dataclass(frozen=True)
class Table:
    """A table to show.

    Attributes:
        title: What it shows.
        head: Names of its columns.
        rows: Its cells; the first of each row is the name of an agent.
        colours: Colour of the agent of each row.
    """

    title: str
    head: list[str]
    rows: list[list[str]]
    colours: list[str]


@dataclass(frozen=True)
class Example:
    """What one agent played in the session that all played; ``opened`` where a reader sees it at once."""

    agent: str
    colour: str
    summary: str
    plays: list[dict[str, Any]]
    opened: bool


METRICS: dict[str, tuple[str, Callable[[float], str]]] = {
    "return": ("return", number),
    "completed": ("completed", number),
    "length": ("tracks", lambda value: number(value, 1)),
    "skip_rate": ("skipped", per_cent),
    "left": ("left", per_cent),
    "diversity": ("diversity", number),
}
"""Metrics of the first table: column, heading and how to write it."""


def score_tables(results: Results, study: StudyConfig) -> list[Table]:
    """One table for each environment: agents, the best first, with score and metrics."""
    styles, kinds = looks(study), _kinds(results)
    metrics = {
        (row["environment"], row["agent"]): row
        for row in metric_table(results.episodes, list(METRICS)).to_dict("records")
    }
    tables = []
    for environment, scores in results.scores.groupby("environment", sort=False):
        rows, agents = [], []
        for row in scores.sort_values("score", ascending=False).to_dict("records"):
            agent, score = str(row["agent"]), f"{number(row['score'])} {span(row['low'], row['high'])}"
            cells = [agent, kinds[agent], score, str(row["seeds"])]
            if environment != ALL:
                means = metrics[environment, agent]
                cells += [write(float(means[name])) for name, (_, write) in METRICS.items()]
            rows.append(cells)
            agents.append(agent)
        heads = [] if environment == ALL else [heading for heading, _ in METRICS.values()]
        head = ["agent", "kind", "score [95 % interval]", "runs", *heads]
        tables.append(Table(str(environment), head, rows, [styles[agent].colour for agent in agents]))
    return tables


def difference_tables(results: Results, study: StudyConfig) -> list[Table]:
    """One table for each environment: the agents compared against all others, on the same sessions."""
    styles, compared = looks(study), ranked(results, subjects(results))
    head = ["agent", "minus", "difference [95 % interval]", "sessions won", "runs won"]
    tables = []
    for environment, rows in results.differences.groupby("environment", sort=False):
        cells = [
            [
                agent,
                str(row["other"]),
                f"{signed(row['difference'])} {span(row['low'], row['high'])}",
                per_cent(row["sessions_won"]),
                per_cent(row["runs_won"]),
            ]
            for agent in compared
            for row in rows[rows["agent"] == agent].to_dict("records")
        ]
        tables.append(Table(str(environment), head, cells, [styles[row[0]].colour for row in cells]))
    return tables


def examples(results: Results, study: StudyConfig) -> tuple[int, list[Example]]:
    """What each agent played in the typical session of the first environment, the best agent first.

    Returns:
        The session's seed, and the playlists.
    """
    environment, styles = study.environments[0].label, looks(study)
    best, _, episode = typical_episode(results, environment)
    shown = []
    for agent in ranked(results, [agent.label for agent in study.agents]):
        plays = playlist(results, environment, agent, episode)
        heard = int((~plays["skipped"]).sum())
        summary = f"{heard} of {len(plays)} heard to the end, return {number(float(plays['reward'].sum()))}"
        rows = [_play(row) for row in plays.to_dict("records")]
        shown.append(Example(agent, styles[agent].colour, summary, rows, agent == best))
    return episode, shown


def _play(row: dict[Any, Any]) -> dict[str, Any]:
    """One line of a playlist."""
    known = pd.notna(row["key"]) and pd.notna(row["mode"])
    key = f"{camelot_number(row['key'], row['mode'])}{'AB'[int(row['mode'])]}" if known else DASH
    return {
        "place": row["position"] + 1,
        "title": row["title"] if pd.notna(row["title"]) else row["track_id"],
        "artist": row["artist"] if pd.notna(row["artist"]) else "",
        "tempo": number(row["tempo"], 0) if pd.notna(row["tempo"]) else DASH,
        "key": key,
        "energy": number(row["energy"]) if pd.notna(row["energy"]) else DASH,
        "heard": per_cent(row["listened"]),
        "skipped": bool(row["skipped"]),
        "left": bool(row["left"]),
    }


def _kinds(results: Results) -> dict[str, str]:
    """Says of each agent whether it learned, sees the listener, or follows a rule."""
    learned, seeing = learners(results), oracles(results)
    agents = [str(agent) for agent in results.runs["agent"].unique()]
    return {a: "learned" if a in learned else "oracle" if a in seeing else "rule" for a in agents}
