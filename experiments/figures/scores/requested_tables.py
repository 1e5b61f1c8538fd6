"""Figure: requested tables whose columns are numbers, such as weights or training steps, as curves."""

from __future__ import annotations

from textwrap import fill
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from segue.experiments.analysis.requested_tables import ONSET
from segue.experiments.figures.drawing.captions import BARS, counts
from segue.experiments.figures.drawing.direct_labels import height_for, label_lines
from segue.experiments.figures.drawing.style import (
    COLOURS,
    FAINT,
    MARKERS,
    AgentStyle,
    FigureSpec,
    Layout,
    agent_styles,
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
    styles = _row_styles(tables, study)
    height = height_for(int(tables.groupby("title")["row"].nunique().max()), 3.0)

    def drawing(layout: Layout) -> Figure:
        figure = Figure(figsize=(layout.width, height * len(titles)), layout="constrained")
        for place, title in enumerate(titles):
            panel = figure.add_subplot(len(titles), 1, place + 1)
            _curves(panel, tables[tables["title"] == title], styles, height)
            # Titles are sentences; a character is about 0.07 inches wide.
            panel.set_title(fill(title, int(layout.width / 0.08)), fontweight="bold")
        return figure

    caption = f"The tables of the study whose columns are numbers. {counts(results, study)} {BARS}"
    return FigureSpec(drawing, tables, "Tables of the study as curves", caption)


def numeric_tables(requested_tables: pd.DataFrame) -> pd.DataFrame:
    """Selects the tables whose columns are numbers.

    Args:
        requested_tables: Rows of (title, value, row, column, mean, low, high).

    Returns:
        The rows of tables with at least three columns, all of them numbers, which `x` holds.
    """
    if requested_tables.empty:
        return requested_tables
    requested_tables = requested_tables[requested_tables["column"] != ONSET]
    x = pd.to_numeric(requested_tables["column"].str.replace("_", ""), errors="coerce")
    numbers = requested_tables.assign(x=x).groupby("title")["x"]
    wanted = numbers.transform(lambda column: column.notna().all() and column.nunique() >= FEWEST)
    return requested_tables.assign(x=x)[wanted.astype(bool)]


def _curves(panel: Axes, rows: pd.DataFrame, styles: dict[str, AgentStyle], height: float) -> None:
    """Draws the lines of one table with their intervals."""
    ends = {}
    for name, line in rows.groupby("row", sort=False):
        style, points = styles[str(name)], line.sort_values("x")
        bars: dict[str, Any] = {"color": style.colour, "linewidth": 4, "alpha": 0.4, "gid": style.gid}
        panel.vlines(points["x"], points["low"], points["high"], **bars)
        panel.plot(
            points["x"],
            points["mean"],
            color=style.colour,
            linestyle=style.dash,
            marker=style.marker,
            markersize=4,
            gid=style.gid,
        )
        ends[str(name)] = (float(points["x"].iloc[-1]), float(points["mean"].iloc[-1]))
    low, high = rows["x"].min(), rows["x"].max()
    if low > 0 and high / low > 20:
        panel.set_xscale("log")
    if rows["mean"].min() < 0 < rows["mean"].max():
        panel.axhline(0, color=FAINT, linewidth=1)
    ticks = sorted(rows["x"].unique())
    panel.set_xticks(ticks, [f"{tick:,g}" for tick in ticks])
    panel.minorticks_off()
    label_lines(panel, ends, styles, height)


def _row_styles(requested_tables: pd.DataFrame, study: StudyConfig) -> dict[str, AgentStyle]:
    """Returns the style of each row: that of its agent, or an unused one if the row is not a single agent."""
    styles = agent_styles(study)
    used = {style.colour for name, style in styles.items() if (requested_tables["row"] == name).any()}
    marked = [AgentStyle(colour, MARKERS[k % len(MARKERS)], "-") for k, colour in enumerate(COLOURS)]
    free = [style for style in marked if style.colour not in used]
    others = [str(row) for row in requested_tables["row"].unique() if row not in styles]
    spare = free or marked
    return styles | {row: spare[place % len(spare)] for place, row in enumerate(others)}
