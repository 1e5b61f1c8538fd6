"""Figure: computing time of the agents, in training and to choose a track."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from segue.experiments.analysis.agent_roles import ranked
from segue.experiments.figures.drawing.captions import counts
from segue.experiments.figures.drawing.dot_plot import row_panels
from segue.experiments.figures.drawing.style import FigureSpec, Layout, agent_styles
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

TRAINING, CHOOSING = "training: s per run", "choosing: ms per track"
_COLUMNS = {TRAINING: "train_seconds", CHOOSING: "milliseconds_per_track"}


def draw(results: Results, study: StudyConfig) -> FigureSpec:
    """Draws one mark per run on logarithmic scales; see `figures.FIGURES`."""
    data = time_table(results.runs)
    agents, styles = ranked(results, [agent.label for agent in study.agents]), agent_styles(study)
    names = [str(name) for name in data["environment"].unique()]
    shown = [TRAINING, CHOOSING] if data["learned"].any() else [CHOOSING]

    def drawing(layout: Layout) -> Figure:
        figure, axes = row_panels(dict.fromkeys(shown, names), agents, layout)
        for (title, name), panel in axes.items():
            panel.set_xscale("log")
            panel.xaxis.set_major_locator(LogLocator(numticks=6))
            panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            panel.xaxis.set_minor_formatter(NullFormatter())
            rows = data[(data["environment"] == name) & (data[_COLUMNS[title]] > 0)]
            for row in rows.to_dict("records"):
                style, place = styles[row["agent"]], agents.index(row["agent"])
                mark: dict[str, Any] = {
                    "color": style.colour,
                    "markersize": 4.5,
                    "alpha": 0.7,
                    "gid": style.gid,
                }
                panel.plot(row[_COLUMNS[title]], place, "o", **mark)
            _span_a_decade(panel)
        return figure

    caption = (
        "Time on one core, one mark per run, on logarithmic scales. Training: wall time, without the "
        "validation sessions. Choosing: processor time of the agent alone, without the simulator, divided by "
        "the tracks that it chose, for sessions that are played side by side and after a warm-up. "
        f"{counts(results, study)}"
    )
    return FigureSpec(drawing, data, "Computing time", caption)


def _span_a_decade(panel: Axes) -> None:
    """Widens a logarithmic axis until at least one power of ten is on it."""
    low, high = np.log10(panel.get_xlim())
    room = max(1.2 - (high - low), 0.0) / 2
    panel.set_xlim(10 ** (low - room), 10 ** (high + room))


def time_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Selects the times of runs.

    Args:
        runs: Rows of (environment, agent, seed, learned, steps, train_seconds, evaluate_seconds,
            milliseconds_per_track).

    Returns:
        Those columns.
    """
    return runs[
        [
            *("environment", "agent", "seed", "learned", "steps"),
            *("train_seconds", "evaluate_seconds", "milliseconds_per_track"),
        ]
    ]
