"""Panels with one row per agent, for any number of agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from segue.experiments.figures.drawing.style import FAINT, AgentStyle

COLUMNS = 4
"""Largest number of panels side by side."""

Blocks: TypeAlias = Mapping[str, Sequence[str]]
"""Titles of the panels in each block of a figure; a block is usually an environment."""


def row_panels(blocks: Blocks, agents: Sequence[str]) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """Makes blocks of panels, one below the other, with the names of the agents on the left.

    Args:
        blocks: Panel titles by block title; block titles are shown if there are several.
        agents: Names of the rows, from top to bottom.

    Returns:
        The figure, and its axes by titles of block and panel; row `i` is at height `i`, counted downwards.
    """
    columns = {title: min(len(panels), COLUMNS) for title, panels in blocks.items()}
    rows = {title: -(-len(panels) // columns[title]) for title, panels in blocks.items()}
    row_height, head = 0.215 * len(agents) + 0.75, 0.3 if len(blocks) > 1 else 0.0
    heights = [rows[title] * row_height + head for title in blocks]
    widest = max(columns.values())
    width = 7.2 if widest == 1 else 9.2
    figure = Figure(figsize=(width, sum(heights)), layout="constrained")
    parts = np.atleast_1d(np.asarray(figure.subfigures(len(blocks), 1, height_ratios=heights)))
    axes: dict[tuple[str, str], Axes] = {}
    for part, (block, panels) in zip(parts, blocks.items(), strict=True):
        if len(blocks) > 1:
            part.suptitle(block, x=0.01, ha="left", fontweight="bold", fontsize="medium")
        grid = np.ravel(part.subplots(rows[block], columns[block], sharey=True, squeeze=False))
        for panel, title in zip(grid, panels, strict=False):
            _prepare(panel, title, agents)
            axes[block, title] = panel
        for panel in grid[len(panels) :]:
            panel.set_axis_off()
    return figure, axes


def dot(panel: Axes, row: int, value: float, interval: tuple[float, float], style: AgentStyle) -> None:
    """Draws one agent's value with its interval.

    Args:
        panel: A panel of `row_panels`.
        row: The agent's row.
        value: Position of the marker.
        interval: Ends of the bar; NaN for none.
        style: Style of the agent.
    """
    panel.plot(interval, (row, row), color=style.colour, linewidth=2.4, solid_capstyle="butt", alpha=0.75)
    panel.plot(value, row, style.marker, color=style.colour, markersize=6)


def _prepare(panel: Axes, title: str, agents: Sequence[str]) -> None:
    """Sets the rows, the title and the grid of a panel."""
    panel.set_title(title, fontsize="small", loc="left")
    panel.set_yticks(range(len(agents)), agents, fontsize="small")
    panel.set_ylim(len(agents) - 0.4, -0.6)
    panel.tick_params(axis="y", length=0)
    panel.tick_params(axis="x", labelsize="x-small")
    panel.grid(visible=True, axis="x")
    panel.grid(visible=True, axis="y", alpha=0.18)
    panel.spines["left"].set_visible(False)
    panel.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))


def zero_line(panel: Axes, at: float = 0.0) -> None:
    """Draws a vertical reference line in a panel."""
    panel.axvline(at, color=FAINT, linewidth=1)
