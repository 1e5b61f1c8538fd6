"""The tables of a report, as rows of text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from segue.experiments.comparison import ALL, metric_table
from segue.experiments.config import StudyConfig
from segue.experiments.figures.style import looks
from segue.experiments.results import Results
from segue.experiments.subjects import champion, kinds
from segue.experiments.words import number, per_cent, signed, span


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
    styles, kind_of = looks(study), kinds(results)
    metrics = {
        (row["environment"], row["agent"]): row
        for row in metric_table(results.episodes, list(METRICS)).to_dict("records")
    }
    tables = []
    for environment, scores in results.scores.groupby("environment", sort=False):
        rows, agents = [], []
        for row in scores.sort_values("score", ascending=False).to_dict("records"):
            agent, score = str(row["agent"]), f"{number(row['score'])} {span(row['low'], row['high'])}"
            cells = [agent, kind_of[agent], score, str(row["seeds"])]
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
    """One table for each environment: the best agent against each other, on the same sessions."""
    styles, best = looks(study), champion(results)
    head = ["agent", "minus", "difference [95 % interval]", "sessions won", "runs won"]
    tables = []
    for environment, rows in results.differences.groupby("environment", sort=False):
        cells = [
            [
                best,
                str(row["other"]),
                f"{signed(row['difference'])} {span(row['low'], row['high'])}",
                per_cent(row["sessions_won"]),
                per_cent(row["runs_won"]),
            ]
            for row in rows[rows["agent"] == best].to_dict("records")
        ]
        tables.append(Table(str(environment), head, cells, [styles[row[0]].colour for row in cells]))
    return tables
