"""Figure: mean energy and tempo by position in the playlist."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from segue.experiments.analysis.agent_roles import plotted_agents
from segue.experiments.figures.drawing.captions import counts, shown
from segue.experiments.figures.drawing.direct_labels import label_lines
from segue.experiments.figures.drawing.style import FigureSpec, agent_styles
from segue.experiments.figures.playlists.skip_rate import FEWEST
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

QUANTITIES = {"energy": "energy", "tempo": "tempo in BPM"}
"""Columns of the tracks, and the titles of their panels."""


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws energy on the left and tempo on the right; see `figures.FIGURES`."""
    agents, styles = plotted_agents(results, study), agent_styles(study)
    data = sound_table(results.plays, results.tracks)
    drawn = data[data["agent"].isin(agents) & (data["sessions"] >= FEWEST)]
    names = [str(name) for name in drawn["environment"].unique()]
    if not names:
        return None
    figure = Figure(figsize=(9.2, 3.2 * len(names)), layout="constrained")
    grid = figure.add_gridspec(len(names), len(QUANTITIES))
    for row, name in enumerate(names):
        for column, (quantity, title) in enumerate(QUANTITIES.items()):
            panel, ends = figure.add_subplot(grid[row, column]), {}
            for agent, rows in drawn[drawn["environment"] == name].groupby("agent", sort=False):
                style, place = styles[str(agent)], rows["position"] + 1
                low, high = rows[f"{quantity}_low"], rows[f"{quantity}_high"]
                panel.fill_between(place, low, high, color=style.colour, alpha=0.12, linewidth=0)
                panel.plot(place, rows[quantity], color=style.colour, linestyle=style.dash, linewidth=1.4)
                ends[str(agent)] = float(rows[quantity].iloc[-1])
            panel.xaxis.set_major_locator(MaxNLocator(integer=True))
            panel.set_xlabel("position in the playlist")
            panel.set_title(f"{title}, {name}" if len(names) > 1 else title, fontsize="medium")
            if column == len(QUANTITIES) - 1:
                label_lines(panel, ends, styles)
    caption = (
        f"Mean over the sessions that reach the position, if at least {FEWEST} do; band: 95 % interval over "
        f"sessions (normal approximation, seeds averaged first). {counts(results, study)}"
        f"{shown(agents, study)}"
    )
    return FigureSpec(figure, data, "Energy and tempo by position", caption)


def sound_table(plays: pd.DataFrame, tracks: pd.DataFrame) -> pd.DataFrame:
    """Averages energy and tempo at each position.

    Args:
        plays: Rows of (environment, agent, seed, episode, position, index), one per track played.
        tracks: Rows of (environment, index, energy, tempo).

    Returns:
        Rows of (environment, agent, position from 0, sessions, energy, energy_low, energy_high, tempo,
        tempo_low, tempo_high); the ends are NaN if only one session is left.
    """
    columns = ["environment", "index", *QUANTITIES]
    known = plays.merge(tracks[columns], on=["environment", "index"], how="left")
    known = known.astype(dict.fromkeys(QUANTITIES, float))
    keys = ["environment", "agent", "position"]
    sessions = known.groupby([*keys, "episode"], sort=False)[list(QUANTITIES)].mean()
    groups = sessions.groupby(level=keys, sort=False)
    table = groups.size().rename("sessions").to_frame()
    for quantity in QUANTITIES:
        mean, error = groups[quantity].mean(), 1.96 * groups[quantity].sem()
        ends = {f"{quantity}_low": mean - error, f"{quantity}_high": mean + error}
        table = table.assign(**{quantity: mean, **ends})
    order = plays.drop_duplicates(["environment", "agent"])[["environment", "agent"]]
    sorted_table = table.reset_index().sort_values("position", kind="stable")
    result = order.merge(sorted_table, on=["environment", "agent"], how="left")
    return result.replace([np.inf, -np.inf], np.nan)
