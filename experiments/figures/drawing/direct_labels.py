"""Labels beside the ends of lines, which need no legend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from segue.experiments.figures.drawing.style import INK, AgentStyle, shortened
from segue.features.arrays import FloatArray

LINE_HEIGHT = 0.165
"""Height of a label in inches."""
FRAME = 0.75
"""Height of the title, the ticks and the name of the axis of a panel, in inches."""


def height_for(labels: int, least: float) -> float:
    """Returns the height of a panel, in inches, in which all labels have room beside the lines."""
    return max(least, (labels + 1) * LINE_HEIGHT + FRAME)


def label_lines(
    panel: Axes, ends: Mapping[str, tuple[float, float]], styles: Mapping[str, AgentStyle], height: float
) -> None:
    """Writes the name of each agent beside the panel, joined to the end of its line.

    Args:
        panel: Axes whose lines are already drawn; their limits are kept.
        ends: End of each agent's line, in data units.
        styles: Style of each agent.
        height: Height of the panel in inches, with its title and ticks.
    """
    if not ends:
        return
    panel.set_xlim(panel.get_xlim())
    panel.set_ylim(panel.get_ylim())
    to_axes = panel.transData + panel.transAxes.inverted()
    x, y = np.clip(to_axes.transform(np.array(list(ends.values()), dtype=float)), 0.0, 1.0).T
    gap = LINE_HEIGHT / max(height - FRAME, LINE_HEIGHT)
    # Labels take less than half of the width of the panel.
    place, figure = panel.get_subplotspec(), panel.get_figure(root=True)
    width = figure.get_figwidth() if figure else 0.0
    room = 0.42 * width / (place.get_gridspec().ncols if place else 1)
    at: dict[str, Any] = {"transform": panel.transAxes, "clip_on": False}
    for agent, begin, end, label in zip(ends, x, y, inside(spread(y, gap), gap), strict=True):
        style = styles[agent]
        lead: dict[str, Any] = {"color": style.colour, "linewidth": 0.7, "gid": style.gid, **at}
        panel.plot([begin, 1.0, 1.05], [end, end, label], alpha=0.7, **lead)
        text: dict[str, Any] = {"va": "center", "color": INK, "gid": style.gid, "transform": panel.transAxes}
        panel.plot(1.07, label, "s", color=style.colour, markersize=5, gid=style.gid, **at)
        panel.text(1.1, label, shortened(agent, room), **text)


def spread(heights: FloatArray, gap: float) -> FloatArray:
    """Moves heights apart, by as little as possible, until neighbours are at least `gap` apart.

    Args:
        heights: (n,) heights in any order.
        gap: Smallest distance between neighbours.

    Returns:
        (n,) heights in the same order; the mean of each group that was moved apart is unchanged.
    """
    order = np.argsort(heights, kind="stable")
    # Groups of labels that touch: for each member its wanted height minus its offset within the group.
    groups: list[list[float]] = []
    for height in heights[order]:
        groups.append([float(height)])
        while len(groups) > 1 and _bottom(groups[-1]) - _top(groups[-2], gap) < gap:
            upper = groups.pop()
            lower = groups.pop()
            groups.append(lower + [value - gap * len(lower) for value in upper])
    placed = np.empty(len(heights))
    placed[order] = [_bottom(group) + gap * place for group in groups for place in range(len(group))]
    return placed


def inside(placed: FloatArray, gap: float) -> FloatArray:
    """Moves heights that are `gap` apart into [0, 1], as far as there is room, and keeps them apart."""
    rank = np.argsort(np.argsort(placed, kind="stable"), kind="stable")
    lowest, highest = gap * rank, 1.0 - gap * (len(placed) - 1 - rank)
    return np.maximum(np.minimum(placed, highest), lowest)


def _bottom(group: list[float]) -> float:
    """Returns the height of the lowest label of a group, so that its labels are right on average."""
    return sum(group) / len(group)


def _top(group: list[float], gap: float) -> float:
    """Returns the height of the highest label of a group."""
    return _bottom(group) + gap * (len(group) - 1)
