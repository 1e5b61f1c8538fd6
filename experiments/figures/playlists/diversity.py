"""Figure: diversity of the playlists against smoothness of their transitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from segue.experiments.analysis.statistics.intervals import mean_over_runs
from segue.experiments.analysis.statistics.runs import catalog_shares, runs_of
from segue.experiments.figures.drawing.captions import BARS, counts
from segue.experiments.figures.drawing.style import FigureSpec, Layout, agent_styles, legend_above, panels
from segue.experiments.runs.metrics import TRANSITION_DISTANCE
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


def draw(results: Results, study: StudyConfig) -> FigureSpec:
    """Draws one marker per agent with both of its intervals; see `figures.FIGURES`."""
    data, styles = trade_off_table(results.episodes, catalog_shares(results.runs)), agent_styles(study)
    names = [str(name) for name in data["environment"].unique()]

    def drawing(layout: Layout) -> Figure:
        head = 0.17 * -(-len(styles) // max(int(layout.width / 1.6), 1)) + 0.2
        figure, axes = panels(names, layout, 2.9, head=head)
        marks: dict[str, Line2D] = {}
        for panel, name in zip(axes, names, strict=True):
            for row in data[data["environment"] == name].to_dict("records"):
                style, x, y = styles[row["agent"]], row["smoothness"], row["diversity"]
                bars: dict[str, Any] = {"color": style.colour, "linewidth": 4, "alpha": 0.4, "gid": style.gid}
                panel.hlines(y, row["smoothness_low"], row["smoothness_high"], **bars)
                panel.vlines(x, row["diversity_low"], row["diversity_high"], **bars)
                mark: dict[str, Any] = {"color": style.colour, "markersize": 5, "gid": style.gid}
                (marks[row["agent"]],) = panel.plot([x], [y], style.marker, **mark)
            panel.set_xlabel("smoothness of the transitions")
            panel.set_ylabel("diversity of the playlist")
            panel.grid(visible=True, axis="both")
            panel.margins(0.08)
        legend_above(figure, marks)
        return figure

    caption = (
        "Smoothness: 1 minus the mean transition distance, over all transition features except the artist. "
        "Diversity: mean distance between two tracks of a playlist, over all features. Means over sessions. "
        f"{counts(results, study)} {BARS}"
    )
    return FigureSpec(drawing, data, "Diversity against smoothness", caption)


def trade_off_table(episodes: pd.DataFrame, shares: Mapping[str, float]) -> pd.DataFrame:
    """Averages smoothness and diversity by agent.

    Args:
        episodes: One row per session with `diversity` and columns `transition_distance_<feature>`.
        shares: See `catalog_shares`.

    Returns:
        Rows of (environment, agent, smoothness, smoothness_low, smoothness_high, diversity, diversity_low,
        diversity_high).
    """
    # Hearing the same artist again does not make a transition rough.
    features = [
        name for name in episodes if str(name).startswith(TRANSITION_DISTANCE) and "artist" not in str(name)
    ]
    measured = episodes.assign(smoothness=1.0 - episodes[features].mean(axis=1))
    rows = []
    for (environment, agent), sessions in measured.groupby(["environment", "agent"], sort=False):
        row = {"environment": environment, "agent": agent}
        for quantity in ("smoothness", "diversity"):
            found = mean_over_runs([runs_of(sessions, quantity, shares.get(str(environment), 1.0))])
            row |= {quantity: found.estimate, f"{quantity}_low": found.low, f"{quantity}_high": found.high}
        rows.append(row)
    return pd.DataFrame(rows)
