"""The figures of a fit: calibration curves, and skips by position in the log and simulated."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from segue.experiments.figures.drawing.style import (
    COLOURS,
    FAINT,
    MARKERS,
    WIDTH,
    FigureSpec,
    legend_above,
)
from segue.experiments.fitting.goodness.forecasts import FITTED


def calibration_figure(curves: pd.DataFrame) -> FigureSpec:
    """Draws the share of skips against the forecast, one panel per set of plays."""
    sets = list(curves["set"].unique())
    figure = Figure(figsize=(WIDTH, 3.7), layout="constrained")
    handles = {}
    for place, name in enumerate(sets):
        panel = figure.add_subplot(1, max(len(sets), 2), place + 1)
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
        panel.set_title(str(name), loc="left")
    legend_above(figure, handles)
    caption = "Ten groups of equal size by forecast; on the diagonal a forecast is right on average."
    return FigureSpec(figure, curves, "Calibration", caption)


def position_figure(by_position: pd.DataFrame) -> FigureSpec:
    """Draws the share of skips by position, in the log and simulated.

    Args:
        by_position: position, real, simulated.
    """
    figure = Figure(figsize=(WIDTH, 3.2), layout="constrained")
    panel = figure.add_subplot()
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
    caption = (
        "The fitted population hears the logged tracks in their order, in sessions of the logged length."
    )
    return FigureSpec(figure, by_position, "Skips by position", caption)
