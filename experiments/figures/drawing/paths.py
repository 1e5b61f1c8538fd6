"""Paths that darken from their beginning to their end."""

from __future__ import annotations

import numpy as np
from matplotlib.collections import LineCollection

from segue.experiments.figures.drawing.style import AgentStyle
from segue.features.arrays import FloatArray


def darkening_path(places: FloatArray, style: AgentStyle) -> LineCollection:
    """Makes a path through places, (n, 2) in data units, pale at first and dark in the end."""
    steps = np.stack([places[:-1], places[1:]], axis=1)
    pale = 0.25 + 0.65 * np.arange(1, len(places)) / max(len(places) - 1, 1)
    return LineCollection(list(steps), colors=style.colour, linewidths=1.1, alpha=pale, gid=style.gid)
