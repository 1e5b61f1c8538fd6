"""Names written at the right end of lines, so that nobody has to match a legend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from segue.experiments.figures.drawing.style import INK, AgentStyle
from segue.features.arrays import FloatArray


def label_lines(panel: Axes, ends: Mapping[str, float], styles: Mapping[str, AgentStyle]) -> None:
    """Writes each agent's mark and name beside the panel, near the end of its line.

    Args:
        panel: Axes whose lines are drawn and whose limits stay as they are.
        ends: Height of the end of each agent's line, in data units.
        styles: Look of each agent.
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
    """Moves heights apart, as little as need be, until neighbours are `gap` away from each other.

    Args:
        heights: (n,) heights in any order.
        gap: Least distance.

    Returns:
        (n,) heights in the same order, their mean unchanged within each crowd.
    """
    order = np.argsort(heights, kind="stable")
    # Crowds of labels that touch, each a list of its members' wanted heights less their place in the crowd.
    crowds: list[list[float]] = []
    for height in heights[order]:
        crowds.append([float(height)])
        while len(crowds) > 1 and _bottom(crowds[-1]) - _top(crowds[-2], gap) < gap:
            upper = crowds.pop()
            lower = crowds.pop()
            crowds.append(lower + [value - gap * len(lower) for value in upper])
    placed = np.empty(len(heights))
    placed[order] = [_bottom(crowd) + gap * place for crowd in crowds for place in range(len(crowd))]
    return placed


def _bottom(crowd: list[float]) -> float:
    """Where the lowest label of a crowd goes: so that the crowd is off by nothing on average."""
    return sum(crowd) / len(crowd)


def _top(crowd: list[float], gap: float) -> float:
    """Where the highest label of a crowd goes."""
    return _bottom(crowd) + gap * (len(crowd) - 1)
