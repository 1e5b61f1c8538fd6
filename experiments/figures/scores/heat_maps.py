"""Figure: requested tables as heat maps, such as scores by environment of training and of testing."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.figure import Figure

from segue.experiments.analysis.requested_tables import wide_tables
from segue.experiments.figures.drawing.captions import BARS, counts
from segue.experiments.figures.drawing.style import FigureSpec, Layout
from segue.experiments.formatting import format_interval, number
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.file_format.table_config import COMPARISONS
from segue.experiments.study.results import Results

SCALES = {False: "cividis", True: "RdBu"}
"""Colour scales: of numbers, and of comparisons, whose middle is 0."""
LINE_HEIGHT, HEAD_HEIGHT = 0.18, 0.9
"""Inches of a line in a cell, and of title and column names."""
DARK = 0.5
"""Luminance of a cell below which its text is white."""


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws one panel per table with `heat_map`; see `figures.FIGURES`."""
    wanted = {table.title: table.value in COMPARISONS for table in study.tables if table.heat_map}
    if results.requested_tables.empty or not wanted:
        return None
    cells = results.requested_tables[results.requested_tables["title"].isin(wanted)]
    if cells.empty:
        return None
    means, lows, highs = (wide_tables(cells, end) for end in ("mean", "low", "high"))

    def drawing(layout: Layout) -> Figure:
        # Intervals take one line beside each other, or two where cells are narrow.
        lines = 4 if layout.narrow else 3
        heights = [HEAD_HEIGHT + LINE_HEIGHT * lines * len(table) for table in means.values()]
        figure = Figure(figsize=(layout.width, sum(heights)), layout="constrained")
        panels = figure.subplots(len(means), 1, squeeze=False, height_ratios=heights)[:, 0]
        for panel, (title, table) in zip(panels, means.items(), strict=True):
            _heat_map(panel, table, lows[title], highs[title], wanted[title], layout)
            # Titles are sentences; a character is about 0.07 inches wide, the names of rows a third of all.
            panel.set_title(fill(title, int(0.65 * layout.width / 0.08)), fontweight="bold", loc="left")
        return figure

    caption = f"The tables of the study that ask for it. {counts(results, study)} {BARS}"
    return FigureSpec(drawing, cells, "Tables of the study as heat maps", caption)


def _heat_map(
    panel: Axes,
    means: pd.DataFrame,
    lows: pd.DataFrame,
    highs: pd.DataFrame,
    comparison: bool,
    layout: Layout,
) -> None:
    """Draws one table; each cell has its number and, below, its interval."""
    numbers, low, high = (table.to_numpy(dtype=np.float64) for table in (means, lows, highs))
    known = numbers[np.isfinite(numbers)]
    largest = max(float(np.abs(known).max(initial=0.0)), 1e-9)
    norm = TwoSlopeNorm(0.0, -largest, largest) if comparison else Normalize(known.min(), known.max())
    colours = colormaps[SCALES[comparison]]
    panel.imshow(np.ma.masked_invalid(numbers), cmap=colours, norm=norm, aspect="auto")
    for (row, column), mean in np.ndenumerate(numbers):
        if not np.isfinite(mean):
            continue
        red, green, blue, _ = colours(norm(mean))
        ends = format_interval(float(low[row, column]), float(high[row, column]))
        ends = ends.replace(", ", ",\n") if layout.narrow else ends
        panel.text(
            column,
            row,
            f"{number(mean)}\n{ends}".rstrip(),
            ha="center",
            va="center",
            color="white" if 0.3 * red + 0.59 * green + 0.11 * blue < DARK else "black",
        )
    letters = 16 if layout.narrow else 40
    panel.set_xticks(range(means.shape[1]), [fill(str(name), 14) for name in means.columns])
    panel.set_yticks(range(means.shape[0]), [fill(str(name), letters) for name in means.index])
    panel.tick_params(length=0)
    panel.grid(False)
    panel.xaxis.tick_top()
    panel.spines[:].set_visible(False)
