"""Figure: the map of the catalogue, and the path of each agent's playlist for the same listener."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from segue.experiments.analysis.agent_roles import plotted_agents
from segue.experiments.analysis.example_sessions import playlists, typical_episode
from segue.experiments.figures.drawing.captions import shown
from segue.experiments.figures.drawing.paths import darkening_path
from segue.experiments.figures.drawing.style import (
    FAINT,
    PAPER,
    AgentStyle,
    FigureSpec,
    Layout,
    agent_styles,
)
from segue.experiments.formatting import per_cent
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results
from segue.features.arrays import BoolArray, FloatArray

COLUMNS, MOST_POINTS = 4, 1000


def draw(results: Results, study: StudyConfig, catalog_map: pd.DataFrame) -> FigureSpec | None:
    """Draws one small map per agent, in the first environment; see `figures.MAPS`."""
    environment = study.environments[0].label
    tracks = catalog_map[catalog_map["environment"] == environment]
    if len(tracks) < 3:
        return None  # two points make no map
    positions = tracks[["x", "y"]].to_numpy()
    best, episode = typical_episode(results, environment)
    styles = agent_styles(study)
    played = playlists(results, environment, plotted_agents(results, study), [episode])
    agents = [agent for _, agent in played]
    examples = {agent: played[episode, agent] for agent in agents}

    def drawing(layout: Layout) -> Figure:
        columns = min(2 if layout.narrow else COLUMNS, len(agents))
        rows = -(-len(agents) // columns)
        side = layout.width / columns
        figure = Figure(figsize=(layout.width, side * rows), layout="constrained")
        for place, (agent, playlist) in enumerate(examples.items()):
            panel = figure.add_subplot(rows, columns, place + 1)
            _background(panel, positions)
            places = positions[playlist["index"].to_numpy()]
            _path(panel, places, playlist["skipped"].to_numpy(), styles[agent])
            panel.set_title(agent, fontweight="bold")
        return figure

    caption = (
        f"The same session as in the previous figure (environment {environment}, seed {episode}: the session "
        f"with the median return of {best}). Grey: the tracks of the catalogue on the first two principal "
        f"axes of their features, which hold {per_cent(tracks['variance'].iloc[0])} of the variance; "
        "neighbouring tracks sound similar. The path starts at the ringed mark and runs from pale to dark; "
        "hollow marks: skipped."
        f"{shown(agents, study)}"
    )
    data = [_path_table(agent, playlist, positions) for agent, playlist in examples.items()]
    title = "Playlists as paths across the catalogue"
    return FigureSpec(drawing, pd.concat(data, ignore_index=True), title, caption)


def _background(panel: Axes, positions: FloatArray) -> None:
    """Draws the tracks of the catalogue in grey; a part of them if there are many."""
    points = positions[:: -(-len(positions) // MOST_POINTS)]
    # Round-ended strokes of no visible length make a single path; markers would be one element per point.
    strokes = np.stack([points, points + 1e-4, np.full_like(points, np.nan)], axis=1).reshape(-1, 2)
    panel.plot(*strokes.T, color=FAINT, linewidth=2.2, alpha=0.5, solid_capstyle="round")
    panel.set_xticks([])
    panel.set_yticks([])
    panel.grid(visible=False)
    panel.spines[["left", "bottom"]].set_visible(False)


def _path(panel: Axes, places: FloatArray, skipped: BoolArray, style: AgentStyle) -> None:
    """Draws a path that darkens from its first track to its last."""
    panel.add_collection(darkening_path(places, style))
    for at, face in ((~skipped, style.colour), (skipped, PAPER)):
        mark: dict[str, Any] = {"color": style.colour, "markerfacecolor": face, "gid": style.gid}
        panel.plot(*places[at].T, "o", markersize=4, **mark)
    ring: dict[str, Any] = {"color": style.colour, "markerfacecolor": "none", "gid": style.gid}
    panel.plot(*places[:1].T, "o", markersize=9, **ring)


def _path_table(agent: str, playlist: pd.DataFrame, positions: FloatArray) -> pd.DataFrame:
    """Returns the numbers behind one path."""
    x, y = positions[playlist["index"].to_numpy()].T
    columns = ["position", "track_id", "skipped"]
    return playlist[columns].assign(x=x, y=y, agent=agent)[["agent", *columns, "x", "y"]]
