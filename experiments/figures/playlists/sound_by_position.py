"""Figure: mean energy and tempo by position in the playlist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from segue.experiments.analysis.agent_roles import plotted_agents
from segue.experiments.analysis.statistics.intervals import mean_over_runs
from segue.experiments.analysis.statistics.runs import catalog_shares
from segue.experiments.figures.drawing.captions import BANDS, counts, shown
from segue.experiments.figures.drawing.direct_labels import height_for, label_lines
from segue.experiments.figures.drawing.style import AgentStyle, FigureSpec, Layout, agent_styles
from segue.experiments.figures.playlists.positions import runs_at_positions
from segue.experiments.figures.playlists.skip_rate import FEWEST
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

QUANTITIES = {"energy": "energy", "tempo": "tempo in BPM"}
"""Columns of the tracks, and the titles of their panels."""


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws energy on the left and tempo on the right; see `figures.FIGURES`."""
    agents, styles = plotted_agents(results, study), agent_styles(study)
    data = sound_table(results.plays, results.tracks, catalog_shares(results.runs))
    drawn = data[data["agent"].isin(agents) & (data["sessions"] >= FEWEST)]
    names = [str(name) for name in drawn["environment"].unique()]
    if not names:
        return None
    height = height_for(len(agents), 2.6)

    def drawing(layout: Layout) -> Figure:
        columns = min(layout.columns, len(QUANTITIES))
        rows = -(-len(names) * len(QUANTITIES) // columns)
        figure = Figure(figsize=(layout.width, height * rows), layout="constrained")
        for number, (name, quantity) in enumerate((name, each) for name in names for each in QUANTITIES):
            panel = figure.add_subplot(rows, columns, number + 1)
            ends = _curves(panel, drawn[drawn["environment"] == name], quantity, styles)
            title = f"{name}: {QUANTITIES[quantity]}" if len(names) > 1 else QUANTITIES[quantity]
            panel.set_title(title, fontweight="bold")
            if number % columns == columns - 1:
                label_lines(panel, ends, styles, height)
        return figure

    caption = (
        f"Mean over the sessions that reach the position, if at least {FEWEST} do. {counts(results, study)} "
        f"{BANDS}{shown(agents, study)}"
    )
    return FigureSpec(drawing, data, "Energy and tempo by position", caption)


def _curves(
    panel: Axes, rows: pd.DataFrame, quantity: str, styles: Mapping[str, AgentStyle]
) -> dict[str, tuple[float, float]]:
    """Draws one quantity of all agents; returns the ends of their lines."""
    ends: dict[str, tuple[float, float]] = {}
    for agent, line in rows.groupby("agent", sort=False):
        style, place = styles[str(agent)], line["position"] + 1
        curve: dict[str, Any] = {"color": style.colour, "gid": style.gid}
        low, high = line[f"{quantity}_low"], line[f"{quantity}_high"]
        panel.fill_between(place, low, high, alpha=0.12, linewidth=0, **curve)
        panel.plot(place, line[quantity], linestyle=style.dash, linewidth=1.4, **curve)
        if line[quantity].notna().any():
            ends[str(agent)] = (float(place.iloc[-1]), float(line[quantity].iloc[-1]))
    panel.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    panel.set_xlabel("position in the playlist")
    return ends


def sound_table(plays: pd.DataFrame, tracks: pd.DataFrame, shares: Mapping[str, float]) -> pd.DataFrame:
    """Averages energy and tempo at each position.

    Args:
        plays: Rows of (environment, agent, seed, episode, position, index), one per track played.
        tracks: Rows of (environment, index, energy, tempo).
        shares: See `catalog_shares`.

    Returns:
        Rows of (environment, agent, position from 0, sessions, energy, energy_low, energy_high, tempo,
        tempo_low, tempo_high), where sessions are those of all runs; the means are over runs, and their ends
        are NaN if only one run is left.
    """
    known = plays.merge(
        tracks[["environment", "index", *QUANTITIES]], on=["environment", "index"], how="left"
    )
    rows = []
    for (environment, agent), own in known.groupby(["environment", "agent"], sort=False):
        sessions = own.groupby("position").size()
        table = pd.DataFrame({"environment": environment, "agent": agent, "position": sessions.index})
        table["sessions"] = sessions.to_numpy()
        for quantity in QUANTITIES:
            runs = runs_at_positions(own, quantity, shares.get(str(environment), 1.0))
            names = (quantity, f"{quantity}_low", f"{quantity}_high")
            table[list(names)] = np.array([mean_over_runs([there]) for there in runs])
        rows.append(table)
    return pd.concat(rows, ignore_index=True)
