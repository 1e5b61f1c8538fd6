"""The tables that a study asks for, arranged as its file says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from segue.experiments.analysis.requested_values import values
from segue.experiments.analysis.statistics.interval import Interval
from segue.experiments.analysis.statistics.onset import onset
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.file_format.entries import AgentConfig, EnvironmentConfig
from segue.experiments.study.file_format.sections import Labelled
from segue.experiments.study.file_format.table_config import TableConfig, table_files
from segue.experiments.study.results import Results, write_csv

SCORES = TableConfig(title="Normalised score")
"""The table of a study that asks for none."""

ONSET = "above 0 from"
"""The last column of a table with `onset`."""

_COLUMNS = ["title", "value", "row", "column", "mean", "low", "high"]


def requested_table(results: Results, study: StudyConfig) -> pd.DataFrame:
    """Computes the tables that a study asks for.

    Args:
        results: The other tables of the study.
        study: The study.

    Returns:
        One row per cell of a table; tables, rows and columns in the order in which they are shown: title,
        value (name of the quantity), row, column, mean, low, high (NaN if there is no interval). The cells of
        the column `ONSET` are numbers of the other columns, infinite for "at none of them".
    """
    rows = []
    for config in study.tables or [SCORES]:
        pairs = [(environment.label, agent.label) for environment, agent in _pairs(study, config)]
        found = values(results, study, config, pairs)
        for environment, agent in _pairs(study, config):
            if (environment.label, agent.label) not in found:
                continue  # not finished, not met, or nothing to compare with
            for row, column in _places(study, config, environment, agent):
                rows.append((config.title, config.value, row, column, *found[environment.label, agent.label]))
    cells = pd.DataFrame(rows, columns=_COLUMNS).drop_duplicates(["title", "row", "column"])
    # The row of what all others are compared with would be empty.
    cells = cells[cells["mean"].notna().groupby([cells["title"], cells["row"]]).transform("any").astype(bool)]
    onsets = [_onsets(cells[cells["title"] == config.title]) for config in study.tables if config.onset]
    return pd.concat([cells, *onsets], ignore_index=True)


def _onsets(cells: pd.DataFrame) -> pd.DataFrame:
    """Returns the cells of a further column: the number from which on the values of a row are above 0."""
    rows = []
    for row, own in cells.assign(x=pd.to_numeric(cells["column"], errors="coerce")).groupby(
        "row", sort=False
    ):
        if own["x"].isna().any():
            continue
        own = own.sort_values("x")
        effects = [Interval(*each) for each in own[["mean", "low", "high"]].itertuples(index=False)]
        first = own.iloc[0]
        rows.append((first["title"], first["value"], row, ONSET, *onset(own["x"].tolist(), effects)))
    return pd.DataFrame(rows, columns=_COLUMNS)


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
    tables = wide_tables(requested_tables)
    files = table_files(list(tables))
    for title, table in tables.items():
        write_csv(table.reset_index(), folder / files[title])
