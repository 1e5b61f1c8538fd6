"""Figure: energy, tempo and key along one playlist per agent, for the same listener."""

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
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results
from segue.features.catalog.transitions import camelot_number

ROW_HEIGHT = 1.2
QUANTITIES = {"energy": "energy", "tempo": "BPM"}
"""Columns of the tracks, and the names of their axes."""
_INNER, _OUTER = 0.55, 1.0


def draw(results: Results, study: StudyConfig) -> FigureSpec:
    """Draws one row of panels per agent, in the first environment; see `figures.FIGURES`."""
    environment = study.environments[0].label
    best, episode = typical_episode(results, environment)
    played = playlists(results, environment, plotted_agents(results, study), [episode])
    agents = [agent for _, agent in played]
    examples = {agent: _with_camelot(played[episode, agent]) for agent in agents}
    data = pd.concat(examples.values(), ignore_index=True)
    styles, longest = agent_styles(study), max(len(playlist) for playlist in examples.values())

    def drawing(layout: Layout) -> Figure:
        # On a phone the wheel stands beside two curves, one below the other.
        high = 2 if layout.narrow else 1
        figure = Figure(figsize=(layout.width, ROW_HEIGHT * high * len(agents)), layout="constrained")
        widths = (1.0, 0.6) if layout.narrow else (1.0, 1.0, 0.55)
        grid = figure.add_gridspec(len(agents) * high, len(widths), width_ratios=widths)
        for row, (agent, playlist) in enumerate(examples.items()):
            cells = [grid[row * high, 0], grid[row * high + 1, 0] if layout.narrow else grid[row, 1]]
            for cell, (quantity, unit) in zip(cells, QUANTITIES.items(), strict=True):
                panel = figure.add_subplot(cell)
                _curve(panel, playlist, quantity, styles[agent])
                panel.set_ylim(_limits(data[quantity]))
                panel.set_xlim(0.5, longest + 0.5)
                panel.set_ylabel(unit)
                if quantity == "energy":
                    total = f"{agent}: return {playlist['reward'].sum():.1f}"
                    panel.set_title(total, fontweight="bold")
                if row == len(agents) - 1:
                    panel.set_xlabel("position in the playlist")
            wheel = grid[row * high : (row + 1) * high, -1]
            _wheel(figure.add_subplot(wheel, projection="polar"), playlist, styles[agent])
        return figure

    caption = (
        f"One session (environment {environment}, seed {episode}) as each agent played it, with the same "
        f"listener, candidates and noise: the session with the median return of {best}. Filled marks: heard "
        "to the end; hollow: skipped. Right: keys on the Camelot wheel, the path running from pale to dark, "
        "major keys on the outside."
        f"{shown(agents, study)}"
    )
    return FigureSpec(drawing, data, "One listener, one playlist per agent", caption)


def _curve(panel: Axes, playlist: pd.DataFrame, quantity: str, style: AgentStyle) -> None:
    """Draws one quantity along a playlist."""
    place, values = playlist["position"] + 1, playlist[quantity]
    panel.plot(place, values, color=style.colour, linewidth=1.2, gid=style.gid)
    for skipped, face in ((False, style.colour), (True, PAPER)):
        at = playlist["skipped"] == skipped
        mark: dict[str, Any] = {
            "color": style.colour,
            "markerfacecolor": face,
            "markersize": 4.5,
            "gid": style.gid,
        }
        panel.plot(place[at], values[at], "o", **mark)


def _wheel(panel: Axes, playlist: pd.DataFrame, style: AgentStyle) -> None:
    """Draws the path through the keys on the Camelot wheel; tracks whose key is unknown are left out."""
    known = playlist.dropna(subset=["hour"])
    angle = known["hour"].to_numpy() / 12 * 2 * np.pi
    # Tracks in the same key would hide each other: each later one is drawn a little further out.
    again = known.groupby(["hour", "mode"]).cumcount().to_numpy()
    radius = np.where(known["mode"] == 1, _OUTER, _INNER) + 0.05 * np.minimum(again, 4)
    panel.add_collection(darkening_path(np.column_stack([angle, radius]), style))
    for skipped, face in ((False, style.colour), (True, PAPER)):
        at = (known["skipped"] == skipped).to_numpy()
        mark: dict[str, Any] = {
            "color": style.colour,
            "markerfacecolor": face,
            "markersize": 3.5,
            "gid": style.gid,
        }
        panel.plot(angle[at], radius[at], "o", **mark)
    panel.set_theta_zero_location("N")  # type: ignore[attr-defined]
    panel.set_theta_direction(-1)  # type: ignore[attr-defined]
    panel.set_xticks(np.arange(1, 13) / 12 * 2 * np.pi, [str(hour) for hour in range(1, 13)])
    panel.tick_params(axis="x", pad=-3)
    panel.set_yticks([])
    panel.set_ylim(0, 1.28)
    panel.spines["polar"].set_color(FAINT)
    panel.grid(visible=True, axis="x", linewidth=0.4)


def _with_camelot(playlist: pd.DataFrame) -> pd.DataFrame:
    """Adds `hour`, the number on the Camelot wheel; NaN where the key is unknown."""
    known = playlist["key"].notna() & playlist["mode"].notna()
    hour = pd.Series(np.nan, index=playlist.index)
    if known.any():
        hour[known] = camelot_number(playlist.loc[known, "key"], playlist.loc[known, "mode"]).astype(float)
    return playlist.assign(hour=hour)


def _limits(values: pd.Series) -> tuple[float, float]:
    """Returns axis limits that all rows share, with a margin."""
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(low):
        return 0.0, 1.0  # a catalogue without this feature
    room = 0.08 * (high - low) or 0.1
    return low - room, high + room
