"""The tables of a report, as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from segue.experiments.analysis.agent_roles import best_agent, ranked, roles
from segue.experiments.analysis.comparison import metric_table
from segue.experiments.analysis.statistics.runs import ALL
from segue.experiments.figures.drawing.style import AgentStyle, agent_styles
from segue.experiments.formatting import DASH, format_interval, number, per_cent, signed
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


@dataclass(frozen=True)
class TextTable:
    """A table of the report, its cells written out.

    Attributes:
        title: Title of the table.
        head: Names of its columns.
        rows: Its cells; the first one of each row is the name of an agent.
        styles: Style of the agent of each row; empty if the rows are not agents.
    """

    title: str
    head: list[str]
    rows: list[list[str]]
    styles: list[AgentStyle]


METRICS: dict[str, tuple[str, Callable[[float], str]]] = {
    "return": ("return", number),
    "completed": ("completed", number),
    "length": ("tracks", lambda value: number(value, 1)),
    "skip_rate": ("skipped", per_cent),
    "left": ("left", per_cent),
    "diversity": ("diversity", number),
}
"""Metrics in the tables of scores: column, heading and how to write a value."""


def score_tables(results: Results, study: StudyConfig) -> list[TextTable]:
    """Returns one table per environment: the agents, the best first, with score and metrics."""
    role_of = roles(results)
    metrics = {
        (row["environment"], row["agent"]): row
        for row in metric_table(results.episodes, list(METRICS)).to_dict("records")
    }
    head = ["agent", "role", "score [95 % interval]", "runs", *(heading for heading, _ in METRICS.values())]
    tables = []
    for environment, scores in results.scores.groupby("environment", sort=False):
        if environment == ALL:
            continue
        rows = []
        for row in scores.sort_values("score", ascending=False).to_dict("records"):
            means = metrics[environment, row["agent"]]
            cells = [write(float(means[name])) for name, (_, write) in METRICS.items()]
            rows.append([row["agent"], role_of[row["agent"]], _with_interval(row), str(row["seeds"]), *cells])
        tables.append(_agent_table(str(environment), head, rows, study))
    return tables


def difference_tables(results: Results, study: StudyConfig) -> list[TextTable]:
    """Returns one table per environment: the best agent against each other agent, on the same sessions."""
    best, role_of = best_agent(results), roles(results)
    others = ranked(results, [agent.label for agent in study.agents if agent.label != best])
    head = [f"{best} minus", "role", "difference [95 % interval]", "sessions won", "runs won"]
    tables = []
    for environment, rows in results.differences.groupby("environment", sort=False):
        found = {row["other"]: row for row in rows[rows["agent"] == best].to_dict("records")}
        cells = [
            [
                other,
                role_of[other],
                _with_interval(found[other], "difference", signed),
                per_cent(found[other]["sessions_won"]),
                per_cent(found[other]["runs_won"]),
            ]
            for other in others
            if other in found
        ]
        tables.append(_agent_table(str(environment), head, cells, study))
    return tables


def order_tables(results: Results, study: StudyConfig) -> list[TextTable]:
    """Returns one table per environment: gain and regret of the agents' orders."""
    if results.order.empty:
        return []
    role_of = roles(results)
    head = [
        "agent",
        "role",
        "sessions",
        "own order",
        "shuffled",
        "bound from search",
        "gain [95 % interval]",
        "regret [95 % interval]",
    ]
    tables = []
    for environment, rows in results.order.groupby("environment", sort=False):
        cells = [
            [
                row["agent"],
                role_of[row["agent"]],
                f"{row['sessions']:,}",
                *(number(row[name]) for name in ("own", "shuffled", "best")),
                _with_interval(row, "gain", signed, "gain_"),
                _with_interval(row, "regret", number, "regret_"),
            ]
            for row in rows.sort_values("regret").to_dict("records")
        ]
        tables.append(_agent_table(str(environment), head, cells, study))
    return tables


def requested_tables(results: Results, study: StudyConfig) -> list[TextTable]:
    """Returns the tables that the study asks for, rows and columns arranged as it wants them."""
    if not study.tables or results.requested_tables.empty:
        return []
    tables = []
    for title, cells in results.requested_tables.groupby("title", sort=False):
        columns = [str(column) for column in cells["column"].unique()]
        found = {(row["row"], row["column"]): _with_interval(row, "mean") for row in cells.to_dict("records")}
        names = [str(name) for name in cells["row"].unique()]
        head = [f"{int(column):,}" if column.isdecimal() else column for column in columns]
        rows = [[name, *(found.get((name, column), DASH) for column in columns)] for name in names]
        tables.append(TextTable(str(title), ["", *head], rows, []))
    return tables


def overview(results: Results, study: StudyConfig) -> tuple[TextTable, TextTable]:
    """Returns the scores, and the differences of the best agent, with one column per environment."""
    best, role_of = best_agent(results), roles(results)
    scores = {
        (row["environment"], row["agent"]): _with_interval(row) for row in results.scores.to_dict("records")
    }
    differences = {
        (row["environment"], row["other"]): _with_interval(row, "difference", signed)
        for row in results.differences[results.differences["agent"] == best].to_dict("records")
    }
    names = [environment.label for environment in study.environments]
    agents = ranked(results, [agent.label for agent in study.agents])
    rows = [
        [agent, role_of[agent], *(scores.get((name, agent), DASH) for name in (ALL, *names))]
        for agent in agents
    ]
    minus = [
        [other, role_of[other], *(differences.get((name, other), DASH) for name in names)]
        for other in agents
        if other != best
    ]
    return (
        _agent_table("score [95 % interval]", ["agent", "role", "all", *names], rows, study),
        _agent_table(f"return of {best} minus that of", [f"{best} minus", "role", *names], minus, study),
    )


def _with_interval(
    row: dict[Any, Any], name: str = "score", write: Callable[[float], str] = number, ends: str = ""
) -> str:
    """Writes an estimate with its interval, whose ends are in the columns `<ends>low` and `<ends>high`."""
    return f"{write(row[name])} {format_interval(row[f'{ends}low'], row[f'{ends}high'])}".strip()


def _agent_table(title: str, head: list[str], rows: list[list[str]], study: StudyConfig) -> TextTable:
    """Makes a table whose rows begin with the name of an agent, and adds the styles of the agents."""
    styles = agent_styles(study)
    return TextTable(title, head, rows, [styles[row[0]] for row in rows])
