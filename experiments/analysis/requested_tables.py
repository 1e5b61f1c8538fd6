"""The tables that a study asks for, arranged as its file says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from segue.experiments.runs.spec import slug
from segue.experiments.study.config import AgentConfig, EnvironmentConfig, StudyConfig, TableConfig
from segue.experiments.study.file_format.sections import Labelled
from segue.experiments.study.results import Results, write_csv

SCORES = TableConfig(title="Normalised score")
"""The table of a study that asks for none."""

_COLUMNS = ["title", "value", "row", "column", "mean", "low", "high"]


def requested_table(results: Results, study: StudyConfig) -> pd.DataFrame:
    """Computes the tables that a study asks for.

    Args:
        results: The other tables of the study.
        study: The study.

    Returns:
        One row per cell of a table; tables, rows and columns in the order in which they are shown: title,
        value (name of the quantity), row, column, mean, low, high (NaN if there is no interval).
    """
    rows = []
    for config in study.tables or [SCORES]:
        found = _values(results, config)
        for environment, agent in _pairs(study, config):
            if (environment.label, agent.label) not in found:
                continue  # not finished, not met, or nothing to compare with
            for row, column in _places(study, config, environment, agent):
                rows.append((config.title, config.value, row, column, *found[environment.label, agent.label]))
    cells = pd.DataFrame(rows, columns=_COLUMNS)
    return cells.drop_duplicates(["title", "row", "column"], ignore_index=True)


def _values(results: Results, config: TableConfig) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Returns the numbers that a table asks for, (mean, low, high) by environment and agent."""
    if config.value == "score":
        table = results.scores.rename(columns={"score": "mean"})
    elif config.value == "difference":
        table = results.differences[results.differences["other"] == config.against]
        table = table.rename(columns={"difference": "mean"})
    elif config.value in ("gain", "regret"):
        names = {config.value: "mean", f"{config.value}_low": "low", f"{config.value}_high": "high"}
        table = results.order.rename(columns=names)
    elif config.value == "train_seconds":
        means = results.runs.groupby(["environment", "agent"])["train_seconds"].mean().rename("mean")
        table = means.reset_index().assign(low=float("nan"), high=float("nan"))
    else:
        table = results.metrics[results.metrics["metric"] == config.value]
    return {
        (str(row["environment"]), str(row["agent"])): (row["mean"], row["low"], row["high"])
        for row in table.to_dict("records")
    }


def _pairs(study: StudyConfig, config: TableConfig) -> Iterator[tuple[EnvironmentConfig, AgentConfig]]:
    """Returns the environments and agents that a table covers."""
    for agent in study.agents:
        for environment in study.environments:
            if _named(agent, config.agents) and _named(environment, config.environments):
                yield environment, agent


def _named(section: Labelled, names: list[str] | None) -> bool:
    return names is None or section.label in names or section.variant_of in names


def _places(
    study: StudyConfig, config: TableConfig, environment: EnvironmentConfig, agent: AgentConfig
) -> Iterator[tuple[str, str]]:
    """Yields row and column of each cell of a pair; a pair that the columns do not vary fills all columns."""
    shown = (config.rows, config.columns)
    names = {"agent": _without(agent, shown), "environment": _without(environment, shown)}
    varied = {**environment.variant, **agent.variant}
    row = [names[config.rows] if config.rows in names else str(varied.get(config.rows, ""))]
    # Whatever is neither in the rows nor in the columns precedes the row, unless it is always the same.
    for name, entries in (("environment", study.environments), ("agent", study.agents)):
        others = {_without(entry, shown) for entry in entries if _named(entry, getattr(config, f"{name}s"))}
        if name not in shown and len(others) > 1:
            row.insert(0, names[name])
    if config.columns in names:
        columns = [names[config.columns]]
    elif config.columns in varied:
        columns = [str(varied[config.columns])]
    else:
        sections = (*study.environments, *study.agents)
        columns = [str(s.variant[config.columns]) for s in sections if config.columns in s.variant]
    for column in dict.fromkeys(columns):
        yield ", ".join(part for part in row if part), column


def _without(section: Labelled, shown: tuple[str, str]) -> str:
    """Returns the label of an entry without the variations that the table shows in its rows or columns."""
    if not set(section.variant) & set(shown):
        return section.label
    rest = [str(value) for name, value in section.variant.items() if name not in shown]
    return ", ".join([section.variant_of, *rest])


def wide_tables(requested_tables: pd.DataFrame, value: str = "mean") -> dict[str, pd.DataFrame]:
    """Arranges the tables in rows and columns, by title; the cells are `mean`, `low` or `high`."""
    return {
        str(title): part.pivot(index="row", columns="column", values=value).loc[
            part["row"].unique(), part["column"].unique()
        ]
        for title, part in requested_tables.groupby("title", sort=False)
    }


def save_wide(requested_tables: pd.DataFrame, folder: Path) -> None:
    """Writes each table as its own CSV file, arranged in rows and columns."""
    for title, table in wide_tables(requested_tables).items():
        write_csv(table.reset_index(), folder / f"table-{slug(title)}.csv")
