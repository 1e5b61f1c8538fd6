"""Panels with one row per agent, for any number of agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from segue.experiments.figures.drawing.style import FAINT, INK, AgentStyle, Layout, shortened

Blocks: TypeAlias = Mapping[str, Sequence[str]]
"""Titles of the panels in each block of a figure; a block is usually an environment."""

ROW, HEAD, KEY = 0.18, 0.72, 0.3
"""Heights in inches: of a row, of the title and the axis of a panel, and of the key of a figure."""


def row_panels(
    blocks: Blocks,
    rows: Sequence[str] | Mapping[str, Sequence[str]],
    layout: Layout,
    *,
    columns: int = 4,
    same_scale: bool = True,
    row_height: float = ROW,
) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """Makes blocks of panels, one below the other, with the names of the rows on the left.

    Args:
        blocks: Panel titles by block title; block titles are shown if there are several.
        rows: Names of the rows, from top to bottom, usually agents; by block title if blocks differ.
        layout: The room that there is.
        columns: Largest number of panels side by side, if there is room.
        same_scale: Whether panels that stand side by side have one scale.
        row_height: Height of a row in inches.

    Returns:
        The figure, and its axes by titles of block and panel; row `i` is at height `i`, counted downwards.
    """
    most = min(columns, layout.columns)
    across = {title: min(len(panels), most) for title, panels in blocks.items()}
    down = {title: -(-len(panels) // across[title]) for title, panels in blocks.items()}
    head = 0.25 if len(blocks) > 1 else 0.0
    by_block = rows if isinstance(rows, Mapping) else dict.fromkeys(blocks, rows)
    heights = [down[title] * (row_height * len(by_block[title]) + HEAD) + head for title in blocks]
    # Numbers beside a panel are nearer to it than to the next one.
    engine = ConstrainedLayoutEngine(w_pad=0.08)
    figure = Figure(figsize=(layout.width, sum(heights) + KEY), layout=engine)
    room = (0.45 if layout.narrow else 0.35) * layout.width
    axes: dict[tuple[str, str], Axes] = {}
    share: Literal["row", "none"] = "row" if same_scale else "none"
    parts = figure.subfigures(len(blocks), 1, height_ratios=heights, squeeze=False).ravel()
    for part, (block, panels) in zip(parts, blocks.items(), strict=True):
        if len(blocks) > 1:
            part.suptitle(block, x=0.01, ha="left", fontweight="bold")
        shape = (down[block], across[block])
        grid = part.subplots(*shape, sharey=True, sharex=share, squeeze=False).ravel()
        # All panels of a block share their rows.
        names = [shortened(row, room) for row in by_block[block]]
        grid[0].set_yticks(range(len(names)), names)
        grid[0].set_ylim(len(names) - 0.4, -0.6)
        for panel, title in zip(grid, panels, strict=False):
            _prepare(panel, title)
            axes[block, title] = panel
        for panel in grid[len(panels) :]:
            panel.set_axis_off()
    return figure, axes


def estimate(
    panel: Axes,
    row: float,
    value: float,
    interval: tuple[float, float],
    style: AgentStyle,
    height: float = 0.7,
) -> None:
    """Draws an estimate as an upright line in the middle of its interval, so that neither hides the other.

    Args:
        panel: A panel of `row_panels`.
        row: The row.
        value: The estimate.
        interval: Ends of the interval; NaN for none.
        style: Style of the agent.
        height: Height of the line, as a share of a row.
    """
    # In points; lines are several times faster to draw than areas.
    thick = 0.75 * height * ROW * 72
    bar: dict[str, Any] = {"color": style.colour, "alpha": 0.4, "linewidth": thick, "gid": style.gid}
    panel.plot(interval, (row, row), solid_capstyle="butt", **bar)
    ends = [row - height / 2, row + height / 2]
    panel.plot([value, value], ends, color=style.colour, linewidth=2.2, gid=style.gid)


def write_beside(panel: Axes, row: int, text: str) -> None:
    """Writes text at the right end of a row."""
    place: dict[str, Any] = {"xytext": (3, 0), "textcoords": "offset points", "va": "center", "color": INK}
    panel.annotate(text, (1.0, row), xycoords=("axes fraction", "data"), **place)


def key_above(figure: Figure, what: str = "estimate") -> None:
    """Names the parts of `estimate` above a figure."""
    handles = {
        what: Line2D([], [], color=INK, marker="|", markersize=9, markeredgewidth=2.2, linewidth=0),
        "95 % interval": Patch(color=INK, alpha=0.4, linewidth=0),
    }
    # A character is about 0.07 inches wide.
    columns = 2 if 0.07 * len(what) + 1.9 < figure.get_figwidth() else 1
    place: dict[str, Any] = {"loc": "outside upper left", "ncols": columns, "handletextpad": 0.4}
    figure.legend(handles.values(), handles, **place)


def _prepare(panel: Axes, title: str) -> None:
    """Sets the title and the grid of a panel."""
    panel.set_title(title, fontweight="bold")
    panel.tick_params(axis="y", length=0)
    panel.grid(visible=True, axis="x")
    panel.grid(visible=True, axis="y", alpha=0.18)
    panel.spines["left"].set_visible(False)
    panel.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))


def zero_line(panel: Axes, at: float = 0.0) -> None:
    """Draws a vertical reference line in a panel."""
    panel.axvline(at, color=FAINT, linewidth=1)
