"""Figure: skip rate, and share of sessions still running, by position in the playlist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from segue.experiments.analysis.agent_roles import plotted_agents
from segue.experiments.analysis.statistics.intervals import session_share_interval
from segue.experiments.analysis.statistics.runs import catalog_shares
from segue.experiments.figures.drawing.captions import BANDS, counts, shown
from segue.experiments.figures.drawing.direct_labels import height_for, label_lines
from segue.experiments.figures.drawing.style import FigureSpec, Layout, agent_styles
from segue.experiments.figures.playlists.positions import runs_at_positions
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

FEWEST = 20
"""Positions that fewer sessions reach are not drawn, as their skip rate is too uncertain."""
_VIEWS = {"skip_rate": "plays skipped", "still_running": "sessions still running"}


def draw(results: Results, study: StudyConfig) -> FigureSpec:
    """Draws skip rates on the left and sessions still running on the right; see `figures.FIGURES`."""
    styles, agents = agent_styles(study), plotted_agents(results, study)
    plays = results.plays[results.plays["agent"].isin(agents)]
    data = position_table(plays, catalog_shares(results.runs))
    names, height = list(data["environment"].unique()), height_for(len(agents), 2.6)

    def drawing(layout: Layout) -> Figure:
        columns = min(layout.columns, 2)
        rows = -(-len(names) * 2 // columns)
        figure = Figure(figsize=(layout.width, height * rows), layout="constrained")
        for place, (name, view) in enumerate((name, view) for name in names for view in _VIEWS):
            panel = figure.add_subplot(rows, columns, place + 1)
            here = data[data["environment"] == name]
            here = here[here["sessions"] >= FEWEST] if view == "skip_rate" else here
            ends: dict[str, tuple[float, float]] = {}
            for agent, rows_of in here.groupby("agent", sort=False):
                style, position = styles[str(agent)], rows_of["position"] + 1
                curve: dict[str, Any] = {"color": style.colour, "gid": style.gid}
                low, high = rows_of[f"{view}_low"], rows_of[f"{view}_high"]
                panel.fill_between(position, low, high, alpha=0.12, linewidth=0, **curve)
                panel.plot(position, rows_of[view], linestyle=style.dash, linewidth=1.3, **curve)
                ends[str(agent)] = (float(position.iloc[-1]), float(rows_of[view].iloc[-1]))
            panel.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
            panel.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            panel.set_ylim(-0.02, 1.02)
            panel.set_xlabel("position in the playlist")
            panel.set_title(f"{name}: {_VIEWS[view]}" if len(names) > 1 else _VIEWS[view], fontweight="bold")
            if view == "still_running" or layout.narrow:
                label_lines(panel, ends, styles, height)
        return figure

    caption = (
        f"First the share of plays that were skipped, at positions that at least {FEWEST} sessions reach. "
        "Listeners who are still there late have been served well, so early positions compare agents best. "
        "Then the share of sessions that reach the position. "
        f"{counts(results, study)} {BANDS}{shown(agents, study)}"
    )
    return FigureSpec(drawing, data, "Skip rate by position", caption)


def position_table(plays: pd.DataFrame, shares: Mapping[str, float]) -> pd.DataFrame:
    """Counts plays and skips at each position.

    Args:
        plays: Rows of (environment, agent, seed, episode, position, skipped), one per track played.
        shares: See `catalog_shares`.

    Returns:
        Rows of (environment, agent, position from 0, sessions, skip_rate, still_running), where sessions are
        those of all runs that reach the position, and still_running is their share; both shares are means
        over runs, with `_low` and `_high`.
    """
    rows = []
    for (environment, agent), own in plays.groupby(["environment", "agent"], sort=False):
        skips = list(runs_at_positions(own, "skipped", shares.get(str(environment), 1.0)))
        began = ~np.isnan(skips[0].values)
        for position, skipped in enumerate(skips):
            reached = ~np.isnan(skipped.values)
            running = replace(skipped, values=np.where(began, reached, np.nan))
            row = {"environment": environment, "agent": agent, "position": position}
            row |= {"sessions": int(reached.sum())}
            for name, runs in (("skip_rate", skipped), ("still_running", running)):
                found = session_share_interval([runs])
                row |= {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}
            rows.append(row)
    return pd.DataFrame(rows)
