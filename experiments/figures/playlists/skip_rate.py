"""Figure: skip rate, and share of sessions still running, by position in the playlist."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from segue.experiments.analysis.agent_roles import plotted_agents
from segue.experiments.figures.drawing.captions import counts, shown
from segue.experiments.figures.drawing.direct_labels import label_lines
from segue.experiments.figures.drawing.style import FigureSpec, agent_styles
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

FEWEST = 20
"""Positions that fewer sessions reach are not drawn, as their skip rate is too uncertain."""


def draw(results: Results, study: StudyConfig) -> FigureSpec:
    """Draws skip rates on the left and sessions still running on the right; see `figures.FIGURES`."""
    data = position_table(results.plays)
    names = list(data["environment"].unique())
    figure = Figure(figsize=(9.2, 3.4 * len(names)), layout="constrained")
    styles, agents = agent_styles(study), plotted_agents(results, study)
    for row, name in enumerate(names):
        left, right = (figure.add_subplot(len(names), 2, 2 * row + side) for side in (1, 2))
        ends: dict[str, float] = {}
        here = data[(data["environment"] == name) & data["agent"].isin(agents)]
        for agent, rows in here.groupby("agent", sort=False):
            style, position = styles[str(agent)], rows["position"] + 1
            often = rows["sessions"] >= FEWEST
            draws: dict[str, Any] = {
                "color": style.colour,
                "linestyle": style.dash,
                "marker": style.marker,
                "markersize": 3.5,
            }
            left.plot(position[often], rows["skip_rate"][often], **draws)
            right.plot(position, rows["still_running"], **draws)
            ends[str(agent)] = float(rows["still_running"].iloc[-1])
        for panel, what in ((left, "share of plays skipped"), (right, "share of sessions still running")):
            panel.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
            panel.set_ylim(-0.02, 1.02)
            panel.set_xlabel("position in the playlist")
            panel.set_title(f"{what}, {name}" if len(names) > 1 else what)
        label_lines(right, ends, styles)
    caption = (
        f"Left: share of plays that were skipped, at positions that at least {FEWEST} sessions reach. "
        "Listeners who are still there late have been served well, so early positions compare agents best. "
        "Right: share of sessions that reach the position. "
        f"{counts(results, study)}{shown(agents, study)}"
    )
    return FigureSpec(figure, data, "Skip rate by position", caption)


def position_table(plays: pd.DataFrame) -> pd.DataFrame:
    """Counts plays and skips at each position.

    Args:
        plays: Rows of (environment, agent, seed, episode, position, skipped), one per track played.

    Returns:
        Rows of (environment, agent, position from 0, sessions, skip_rate, still_running), where still_running
        is the share of all sessions that reach the position.
    """
    tables = []
    for environment, sessions in plays.groupby("environment", sort=False):
        positions = np.arange(int(sessions["position"].max()) + 1)
        for agent, rows in sessions.groupby("agent", sort=False):
            at = rows.groupby("position")["skipped"].agg(["size", "mean"]).reindex(positions)
            count = at["size"].fillna(0).to_numpy(dtype=np.int64)
            columns = {
                "environment": environment,
                "agent": agent,
                "position": positions,
                "sessions": count,
                "skip_rate": at["mean"].to_numpy(),
                "still_running": count / max(count[0], 1),
            }
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)
