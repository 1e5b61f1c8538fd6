"""Figure: energy, tempo and key along one playlist of each agent, for the same listener."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from segue.experiments.analysis.agent_roles import plotted_agents
from segue.experiments.analysis.example_sessions import playlists, typical_episode
from segue.experiments.figures.drawing.captions import shown
from segue.experiments.figures.drawing.style import FAINT, INK, PAPER, AgentStyle, FigureSpec, agent_styles
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results
from segue.features.catalog.transitions import camelot_number

ROW_HEIGHT = 1.5
_INNER, _OUTER = 0.55, 1.0


def draw(results: Results, study: StudyConfig) -> FigureSpec:
    """Draws one row of panels for each agent, in the first environment; see `figures.FIGURES`."""
    environment = study.environments[0].label
    best, _, episode = typical_episode(results, environment)
    played = playlists(results, environment, plotted_agents(results, study), [episode])
    agents = [agent for _, agent in played]
    walks = {agent: _with_camelot(played[episode, agent]) for agent in agents}
    data = pd.concat(walks.values(), ignore_index=True)
    figure = Figure(figsize=(9.2, ROW_HEIGHT * len(agents) + 0.3), layout="constrained")
    grid = figure.add_gridspec(len(agents), 3, width_ratios=(1.0, 1.0, 0.55))
    styles, longest = agent_styles(study), max(len(walk) for walk in walks.values())
    for row, (agent, walk) in enumerate(walks.items()):
        lines = [figure.add_subplot(grid[row, column]) for column in (0, 1)]
        for panel, quantity, unit in zip(lines, ("energy", "tempo"), ("energy", "tempo in BPM"), strict=True):
            _walk(panel, walk, quantity, styles[agent])
            panel.set_ylim(_limits(data[quantity]))
            panel.set_xlim(0.5, longest + 0.5)
            if row == 0:
                panel.set_title(unit)
            if row == len(agents) - 1:
                panel.set_xlabel("position in the playlist")
            else:
                panel.tick_params(labelbottom=False)
        lines[0].set_ylabel(f"{agent}\nreturn {walk['reward'].sum():.1f}", color=INK)
        wheel = figure.add_subplot(grid[row, 2], projection="polar")
        _wheel(wheel, walk, styles[agent])
    caption = (
        f"One session (environment {environment}, seed {episode}) as each agent played it: the same "
        "listener, the same candidates, the same luck; it is the session in which "
        f"{best} has its median return. Filled: heard to the end; hollow: skipped. Right: the path round "
        "the Camelot wheel from pale to dark, major keys outside."
        f"{shown(agents, study)}"
    )
    return FigureSpec(figure, data, "One listener, one playlist an agent", caption)


def _walk(panel: Axes, walk: pd.DataFrame, quantity: str, style: AgentStyle) -> None:
    """Draws one quantity along a playlist."""
    place, values = walk["position"] + 1, walk[quantity]
    panel.plot(place, values, color=style.colour, linewidth=1.2)
    for skipped, face in ((False, style.colour), (True, PAPER)):
        at = walk["skipped"] == skipped
        panel.plot(place[at], values[at], "o", color=style.colour, markerfacecolor=face, markersize=5)


def _wheel(panel: Axes, walk: pd.DataFrame, style: AgentStyle) -> None:
    """Draws the path through the keys; tracks without a known key are left out."""
    known = walk.dropna(subset=["hour"])
    angle = known["hour"].to_numpy() / 12 * 2 * np.pi
    # Tracks in one key would hide each other: each later one moves a little outwards.
    again = known.groupby(["hour", "mode"]).cumcount().to_numpy()
    radius = np.where(known["mode"] == 1, _OUTER, _INNER) + 0.05 * np.minimum(again, 4)
    for place in range(len(known) - 1):
        pale = 0.25 + 0.75 * (place + 1) / max(len(known) - 1, 1)
        panel.plot(
            angle[place : place + 2], radius[place : place + 2], color=style.colour, linewidth=1, alpha=pale
        )
    for skipped, face in ((False, style.colour), (True, PAPER)):
        at = (known["skipped"] == skipped).to_numpy()
        panel.plot(angle[at], radius[at], "o", color=style.colour, markerfacecolor=face, markersize=3.5)
    panel.set_theta_zero_location("N")  # type: ignore[attr-defined]
    panel.set_theta_direction(-1)  # type: ignore[attr-defined]
    panel.set_xticks(
        np.arange(1, 13) / 12 * 2 * np.pi, [str(hour) for hour in range(1, 13)], fontsize="x-small"
    )
    panel.tick_params(axis="x", pad=-3)
    panel.set_yticks([])
    panel.set_ylim(0, 1.28)
    panel.spines["polar"].set_color(FAINT)
    panel.grid(visible=True, axis="x", linewidth=0.4)


def _with_camelot(walk: pd.DataFrame) -> pd.DataFrame:
    """Adds the hour on the Camelot wheel, missing where the key is unknown."""
    known = walk["key"].notna() & walk["mode"].notna()
    hour = pd.Series(np.nan, index=walk.index)
    if known.any():
        hour[known] = camelot_number(walk.loc[known, "key"], walk.loc[known, "mode"]).astype(float)
    return walk.assign(hour=hour)


def _limits(values: pd.Series) -> tuple[float, float]:
    """Limits that all rows share, with a little room."""
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(low):
        return 0.0, 1.0  # a catalogue without this feature
    room = 0.08 * (high - low) or 0.1
    return low - room, high + room
