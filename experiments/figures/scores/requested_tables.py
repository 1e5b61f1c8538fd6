"""Figure: requested tables whose columns are numbers, such as weights or training steps, as curves."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from segue.experiments.figures.drawing.captions import counts, interval
from segue.experiments.figures.drawing.direct_labels import label_lines
from segue.experiments.figures.drawing.style import (
    COLOURS,
    FAINT,
    MARKERS,
    AgentStyle,
    FigureSpec,
    agent_styles,
    panels,
)
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

FEWEST = 3
"""Tables with fewer columns than this are not drawn as curves."""


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws one panel per table, one line per row; see `figures.FIGURES`."""
    tables = numeric_tables(results.requested_tables) if study.tables else pd.DataFrame()
    if tables.empty:
        return None
    titles = [str(title) for title in tables["title"].unique()]
    figure, axes = panels(titles, height=3.3)
    styles = _row_styles(tables, study)
    for panel, title in zip(axes, titles, strict=True):
        here = tables[tables["title"] == title]
        _curves(panel, here, styles)
        panel.set_title(title, loc="left", fontsize="small", wrap=True)
    caption = f"The tables of the study whose columns are numbers. {counts(results, study)} {interval(study)}"
    return FigureSpec(figure, tables, "Tables of the study as curves", caption)


def numeric_tables(requested_tables: pd.DataFrame) -> pd.DataFrame:
    """Selects the tables whose columns are numbers.

    Args:
        requested_tables: Rows of (title, value, row, column, mean, low, high).

    Returns:
        The rows of tables with at least three columns, all of them numbers, which `x` holds.
    """
    if requested_tables.empty:
        return requested_tables
    x = pd.to_numeric(requested_tables["column"].str.replace("_", ""), errors="coerce")
    numbers = requested_tables.assign(x=x).groupby("title")["x"]
    wanted = numbers.transform(lambda column: column.notna().all() and column.nunique() >= FEWEST)
    return requested_tables.assign(x=x)[wanted.astype(bool)]


def _curves(panel: Axes, rows: pd.DataFrame, styles: dict[str, AgentStyle]) -> None:
    """Draws the lines of one table with their intervals."""
    ends = {}
    for name, line in rows.groupby("row", sort=False):
        style, points = styles[str(name)], line.sort_values("x")
        panel.vlines(points["x"], points["low"], points["high"], color=style.colour, linewidth=2, alpha=0.5)
        panel.plot(
            points["x"],
            points["mean"],
            color=style.colour,
            linestyle=style.dash,
            marker=style.marker,
            markersize=5,
        )
        ends[str(name)] = float(points["mean"].iloc[-1])
    low, high = rows["x"].min(), rows["x"].max()
    if low > 0 and high / low > 20:
        panel.set_xscale("log")
    if rows["mean"].min() < 0 < rows["mean"].max():
        panel.axhline(0, color=FAINT, linewidth=1)
    ticks = sorted(rows["x"].unique())
    panel.set_xticks(ticks, [f"{tick:,g}" for tick in ticks])
    panel.minorticks_off()
    label_lines(panel, ends, styles)


def _row_styles(requested_tables: pd.DataFrame, study: StudyConfig) -> dict[str, AgentStyle]:
    """Returns the style of each row: that of its agent, or an unused one if the row is not a single agent."""
    styles = agent_styles(study)
    used = {style.colour for name, style in styles.items() if (requested_tables["row"] == name).any()}
    free = [AgentStyle(colour, MARKERS[k], "-") for k, colour in enumerate(COLOURS) if colour not in used]
    others = [str(row) for row in requested_tables["row"].unique() if row not in styles]
    spare = free or [AgentStyle(COLOURS[0], MARKERS[0], "-")]
    return styles | {row: spare[place % len(spare)] for place, row in enumerate(others)}
