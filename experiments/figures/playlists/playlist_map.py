"""Figure: the catalogue as a map, and each agent's path over it for the same listener."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from segue.experiments.analysis.agent_roles import plotted_agents
from segue.experiments.analysis.example_sessions import playlists, typical_episode
from segue.experiments.figures.catalog_map import map_positions
from segue.experiments.figures.drawing.captions import shown
from segue.experiments.figures.drawing.style import FAINT, PAPER, AgentStyle, FigureSpec, agent_styles
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results
from segue.features import Catalog

COLUMNS, MOST_POINTS = 4, 1000


def draw(results: Results, study: StudyConfig, catalogs: Mapping[str, Catalog]) -> FigureSpec | None:
    """Draws one small map an agent, in the first environment; see `figures.FIGURES`."""
    environment = study.environments[0].label
    if len(catalogs[environment]) < 3:
        return None  # no map of two points
    positions, shares = map_positions(catalogs[environment].matrix_without_mode)
    best, _, episode = typical_episode(results, environment)
    styles = agent_styles(study)
    played = playlists(results, environment, plotted_agents(results, study), [episode])
    agents = [agent for _, agent in played]
    walks = {agent: played[episode, agent] for agent in agents}
    columns = min(COLUMNS, len(agents))
    rows = -(-len(agents) // columns)
    figure = Figure(figsize=(9.2, 9.2 / columns * rows + 0.4), layout="constrained")
    for place, (agent, walk) in enumerate(walks.items()):
        panel = figure.add_subplot(rows, columns, place + 1)
        _background(panel, positions)
        _path(panel, positions[walk["index"].to_numpy()], walk["skipped"].to_numpy(), styles[agent])
        panel.set_title(agent, fontsize="medium", color=styles[agent].colour, fontweight="bold")
    caption = (
        f"The same session as above (environment {environment}, seed {episode}, the one in which {best} has "
        f"its median return). Grey: the tracks of the catalogue on the first two principal axes of their "
        f"sound, which hold {shares.sum():.0%} of its variance: neighbours sound alike. The path runs "
        "from pale to dark and from the ringed mark; hollow: skipped."
        f"{shown(agents, study)}"
    )
    data = [_table(agent, walk, positions) for agent, walk in walks.items()]
    return FigureSpec(
        figure, pd.concat(data, ignore_index=True), "Paths over the map of the catalogue", caption
    )


def _background(panel: Axes, positions: np.ndarray) -> None:
    """Draws the catalogue in grey; of a large one a part."""
    points = positions[:: -(-len(positions) // MOST_POINTS)]
    # Strokes too short to be seen, with round ends: one path, where markers would be an element a point.
    strokes = np.stack([points, points + 1e-4, np.full_like(points, np.nan)], axis=1).reshape(-1, 2)
    panel.plot(*strokes.T, color=FAINT, linewidth=2.2, alpha=0.5, solid_capstyle="round")
    panel.set_xticks([])
    panel.set_yticks([])
    panel.grid(visible=False)
    panel.spines[["left", "bottom"]].set_visible(False)


def _path(panel: Axes, places: np.ndarray, skipped: np.ndarray, style: AgentStyle) -> None:
    """Draws a path that darkens as it goes."""
    count = len(places)
    for step in range(count - 1):
        pale = 0.2 + 0.7 * (step + 1) / max(count - 1, 1)
        panel.plot(*places[step : step + 2].T, color=style.colour, linewidth=1.1, alpha=pale)
    for at, face in ((~skipped, style.colour), (skipped, PAPER)):
        panel.plot(*places[at].T, "o", color=style.colour, markerfacecolor=face, markersize=4)
    panel.plot(*places[:1].T, "o", color=style.colour, markerfacecolor="none", markersize=9)


def _table(agent: str, walk: pd.DataFrame, positions: np.ndarray) -> pd.DataFrame:
    """The numbers behind one path."""
    x, y = positions[walk["index"].to_numpy()].T
    columns = ["position", "track_id", "skipped"]
    return walk[columns].assign(x=x, y=y, agent=agent)[["agent", *columns, "x", "y"]]
