"""Figure: smoothness of the transitions, compared with the same tracks in random order."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from segue.experiments.analysis.agent_roles import plotted_agents, ranked
from segue.experiments.figures.drawing.captions import BARS, counts, shown
from segue.experiments.figures.drawing.dot_plot import estimate, key_above, row_panels
from segue.experiments.figures.drawing.style import PAPER, FigureSpec, Layout, agent_styles
from segue.experiments.figures.playlists.utility_terms import MOST
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

FEATURES = ("tempo", "key", "energy_step", "timbre")
"""The transition features that are drawn, if the catalogue has them."""


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws one panel per transition feature, one block per environment; see `figures.FIGURES`."""
    data, styles = results.smoothness, agent_styles(study)
    if data.empty:
        return None
    agents = ranked(results, plotted_agents(results, study, MOST))
    names = [str(name) for name in data["environment"].unique()]
    features = [feature for feature in FEATURES if (data["feature"] == feature).any()]

    def drawing(layout: Layout) -> Figure:
        figure, axes = row_panels(dict.fromkeys(names, features), agents, layout, same_scale=False)
        for (name, feature), panel in axes.items():
            here = (data["environment"] == name) & (data["feature"] == feature)
            for row in data[here & data["agent"].isin(agents)].to_dict("records"):
                place, style, random = agents.index(row["agent"]), styles[row["agent"]], row["coherence"]
                estimate(panel, place, row["smoothness"], (random + row["low"], random + row["high"]), style)
                mark: dict[str, Any] = {
                    "color": style.colour,
                    "markerfacecolor": PAPER,
                    "markersize": 4,
                    "gid": style.gid,
                }
                panel.plot(random, place, "o", **mark)
            panel.set_xlabel("smoothness")
        key_above(figure, "own order (circle: random order)")
        return figure

    caption = (
        "Mean smoothness of the transitions: 1 minus the change in the feature. Upright lines: the agent's "
        "order; circles: expectation for a random order of the same tracks. The bar is the interval of the "
        "difference, drawn from the circle. The CSV file has the other transition features. "
        f"{counts(results, study)} {BARS}{shown(agents, study)}"
    )
    return FigureSpec(drawing, data, "Smoothness of transitions, compared with a shuffled order", caption)
