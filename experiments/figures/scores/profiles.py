"""Figure: performance profiles, the share of runs that score above a threshold."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from segue.experiments.analysis.agent_roles import plotted_agents
from segue.experiments.figures.drawing.captions import GIVEN_TRACKS, counts, shown
from segue.experiments.figures.drawing.style import FigureSpec, Layout, agent_styles, legend_above, panels
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws one panel per environment; see `figures.FIGURES`."""
    data, styles, agents = results.profiles, agent_styles(study), plotted_agents(results, study)
    if data.empty:
        return None
    names = [str(name) for name in data["environment"].unique()]
    # All environments together come first, if there are several.
    names = names[-1:] + names[:-1]

    def drawing(layout: Layout) -> Figure:
        figure, axes = panels(names, layout, 2.5, head=0.5)
        curves: dict[str, Line2D] = {}
        for panel, name in zip(axes, names, strict=True):
            for agent in agents:
                line = data[(data["environment"] == name) & (data["agent"] == agent)]
                if line.empty:
                    continue
                style, x = styles[agent], line["threshold"]
                band: dict[str, Any] = {
                    "color": style.colour,
                    "alpha": 0.13,
                    "linewidth": 0,
                    "gid": style.gid,
                }
                panel.fill_between(x, line["low"], line["high"], step="post", **band)
                (curves[agent],) = panel.step(
                    x, line["share"], where="post", color=style.colour, linestyle=style.dash, gid=style.gid
                )
            panel.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
            panel.set_ylim(-0.02, 1.04)
            panel.set_xlabel("normalised score")
            panel.set_ylabel("runs that score more")
        legend_above(figure, curves)
        return figure

    caption = (
        "Share of runs that score above the threshold: further right is better. "
        "Band: pointwise 95 % interval of "
        f"the share of runs. {counts(results, study)}{GIVEN_TRACKS}{shown(agents, study)}"
    )
    return FigureSpec(drawing, data, "Performance profiles", caption)
