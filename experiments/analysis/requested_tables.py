"""The tables that answer a study's question, arranged as its file asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from segue.experiments.runs.spec import slug
from segue.experiments.study.config import AgentConfig, EnvironmentConfig, Labelled, StudyConfig, TableConfig
from segue.experiments.study.results import Results, write_csv

SCORES = TableConfig(title="Normalised score")
"""What is answered where a study asks nothing in particular."""

_COLUMNS = ["title", "value", "row", "column", "mean", "low", "high"]


def requested_table(results: Results, study: StudyConfig) -> pd.DataFrame:
    """Answers what a study asks.

    Args:
        results: The other tables of the study.
        study: The study.

    Returns:
        One row a cell of a table, tables, rows and columns in the order in which they are to be shown:
        title, value (what is shown), row, column, mean, low, high (NaN where there is no interval).
    """
    rows = []
    for asked in study.tables or [SCORES]:
        found = _values(results, asked)
        for environment, agent in _pairs(study, asked):
            if (environment.label, agent.label) not in found:
                continue  # not finished yet, not met, or nothing to compare with
            for row, column in _places(study, asked, environment, agent):
                rows.append((asked.title, asked.value, row, column, *found[environment.label, agent.label]))
    cells = pd.DataFrame(rows, columns=_COLUMNS)
    return cells.drop_duplicates(["title", "row", "column"], ignore_index=True)


def _values(results: Results, asked: TableConfig) -> dict[tuple[str, str], tuple[float, float, float]]:
    """The numbers asked for, (mean, low, high) by environment and agent."""
    if asked.value == "score":
        table = results.scores.rename(columns={"score": "mean"})
    elif asked.value == "difference":
        table = results.differences[results.differences["other"] == asked.against]
        table = table.rename(columns={"difference": "mean"})
    elif asked.value in ("gain", "regret"):
        names = {asked.value: "mean", f"{asked.value}_low": "low", f"{asked.value}_high": "high"}
        table = results.order.rename(columns=names)
    elif asked.value == "train_seconds":
        means = results.runs.groupby(["environment", "agent"])["train_seconds"].mean().rename("mean")
        table = means.reset_index().assign(low=float("nan"), high=float("nan"))
    else:
        table = results.metrics[results.metrics["metric"] == asked.value]
    return {
        (str(row["environment"]), str(row["agent"])): (row["mean"], row["low"], row["high"])
        for row in table.to_dict("records")
    }


def _pairs(study: StudyConfig, asked: TableConfig) -> Iterator[tuple[EnvironmentConfig, AgentConfig]]:
    """The environments and agents that a table is about."""
    for agent in study.agents:
        for environment in study.environments:
            if _named(agent, asked.agents) and _named(environment, asked.environments):
                yield environment, agent


def _named(section: Labelled, names: list[str] | None) -> bool:
    return names is None or section.label in names or section.variant_of in names


def _places(
    study: StudyConfig, asked: TableConfig, environment: EnvironmentConfig, agent: AgentConfig
) -> Iterator[tuple[str, str]]:
    """Row and column of a cell; an entry not varied in what the columns show stands in all."""
    shown = (asked.rows, asked.columns)
    names = {"agent": _without(agent, shown), "environment": _without(environment, shown)}
    varied = {**environment.variant, **agent.variant}
    row = [names[asked.rows] if asked.rows in names else str(varied.get(asked.rows, ""))]
    # What is neither in the rows nor in the columns goes before the row, unless it is always the same.
    for kind, entries in (("environment", study.environments), ("agent", study.agents)):
        others = {_without(entry, shown) for entry in entries if _named(entry, getattr(asked, f"{kind}s"))}
        if kind not in shown and len(others) > 1:
            row.insert(0, names[kind])
    if asked.columns in names:
        columns = [names[asked.columns]]
    elif asked.columns in varied:
        columns = [str(varied[asked.columns])]
    else:
        sections = (*study.environments, *study.agents)
        columns = [str(s.variant[asked.columns]) for s in sections if asked.columns in s.variant]
    for column in dict.fromkeys(columns):
        yield ", ".join(part for part in row if part), column


def _without(section: Labelled, shown: tuple[str, str]) -> str:
    """The label of an entry, leaving out what the table shows on its own."""
    if not set(section.variant) & set(shown):
        return section.label
    rest = [str(value) for name, value in section.variant.items() if name not in shown]
    return ", ".join([section.variant_of, *rest])


def wide_tables(requested_tables: pd.DataFrame, value: str = "mean") -> dict[str, pd.DataFrame]:
    """Arranges answers as they are read: by title, `mean`, `low` or `high` in rows and columns."""
    return {
        str(title): part.pivot(index="row", columns="column", values=value).loc[
            part["row"].unique(), part["column"].unique()
        ]
        for title, part in requested_tables.groupby("title", sort=False)
    }


def save_wide(requested_tables: pd.DataFrame, folder: Path) -> None:
    """Writes each answer as a CSV file of its own, arranged as it is read."""
    for title, table in wide_tables(requested_tables).items():
        write_csv(table.reset_index(), folder / f"answer-{slug(title)}.csv")
