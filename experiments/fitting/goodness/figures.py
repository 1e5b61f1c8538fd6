"""The figures of a fit: calibration curves, and skips by position in the log and simulated."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from segue.experiments.figures.drawing.style import (
    COLOURS,
    FAINT,
    MARKERS,
    FigureSpec,
    Layout,
    legend_above,
    panels,
)
from segue.experiments.fitting.goodness.forecasts import FITTED


def calibration_figure(curves: pd.DataFrame) -> FigureSpec:
    """Draws the share of skips against the forecast, one panel per set of plays."""
    sets = [str(name) for name in curves["set"].unique()]

    def drawing(layout: Layout) -> Figure:
        figure, axes = panels(sets, layout, 3.2, head=0.5)
        handles = {}
        for panel, name in zip(axes, sets, strict=True):
            panel.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
            of_set = curves[(curves["set"] == name) & (curves["forecast"] != "base rate")]
            for number, (forecast, rows) in enumerate(of_set.groupby("forecast", sort=False)):
                (line,) = panel.plot(
                    rows["predicted"],
                    rows["observed"],
                    color=COLOURS[number % len(COLOURS)],
                    marker=MARKERS[number % len(MARKERS)],
                    markersize=4,
                    linewidth=1.8 if forecast == FITTED else 1.0,
                )
                handles[str(forecast)] = line
            panel.set_xlabel("forecast")
            panel.set_ylabel("share skipped")
        legend_above(figure, handles)
        return figure

    caption = "Ten groups of equal size by forecast; on the diagonal a forecast is right on average."
    return FigureSpec(drawing, curves, "Calibration", caption)


def position_figure(by_position: pd.DataFrame) -> FigureSpec:
    """Draws the share of skips by position, in the log and simulated.

    Args:
        by_position: position, real, simulated.
    """

    def drawing(layout: Layout) -> Figure:
        figure, (panel,) = panels(["position"], layout, 2.8, head=0.4)
        handles = {}
        for number, name in enumerate(("real", "simulated")):
            (line,) = panel.plot(
                by_position["position"] + 1,
                by_position[name],
                color=COLOURS[number],
                marker=MARKERS[number],
                markersize=4,
            )
            handles[name] = line
        panel.set_xlabel("position in the session")
        panel.set_ylabel("share skipped")
        panel.set_ylim(0, 1)
        legend_above(figure, handles)
        return figure

    caption = (
        "The fitted population hears the logged tracks in their order, in sessions of the logged length."
    )
    return FigureSpec(drawing, by_position, "Skips by position", caption)
