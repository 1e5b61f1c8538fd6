"""Labels at the right ends of lines, which need no legend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from segue.experiments.figures.drawing.style import INK, AgentStyle
from segue.features.arrays import FloatArray


def label_lines(panel: Axes, ends: Mapping[str, float], styles: Mapping[str, AgentStyle]) -> None:
    """Writes the marker and the name of each agent beside the panel, near the end of its line.

    Args:
        panel: Axes whose lines are already drawn; their limits are kept.
        ends: Height of the end of each agent's line, in data units.
        styles: Style of each agent.
    """
    low, high = panel.get_ylim()
    panel.set_ylim(low, high)
    heights = (np.array(list(ends.values())) - low) / (high - low)
    for agent, height in zip(ends, spread(heights, 0.06), strict=True):
        style = styles[agent]
        at: dict[str, Any] = {"transform": panel.transAxes, "clip_on": False}
        panel.plot(1.025, height, style.marker, color=style.colour, markersize=5, **at)
        panel.text(1.05, height, agent, va="center", color=INK, fontsize="small", transform=panel.transAxes)


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


def _bottom(group: list[float]) -> float:
    """Returns the height of the lowest label of a group, so that its labels are right on average."""
    return sum(group) / len(group)


def _top(group: list[float], gap: float) -> float:
    """Returns the height of the highest label of a group."""
    return _bottom(group) + gap * (len(group) - 1)
