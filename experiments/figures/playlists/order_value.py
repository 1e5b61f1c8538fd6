"""Figure: value of the order of a playlist, apart from the choice of its tracks."""

from __future__ import annotations

from matplotlib.figure import Figure

from segue.experiments.analysis.agent_roles import ranked
from segue.experiments.figures.drawing.captions import BARS, counts
from segue.experiments.figures.drawing.dot_plot import estimate, key_above, row_panels, zero_line
from segue.experiments.figures.drawing.style import FigureSpec, Layout, agent_styles
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

_BLOCKS = {
    "gain: own order minus random order": "gain",
    "regret: best order minus own order": "regret",
}


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws the gain above the regret, one panel per environment; see `figures.FIGURES`."""
    data, styles = results.order, agent_styles(study)
    if data.empty:
        return None
    agents = ranked(results, [agent.label for agent in study.agents if (data["agent"] == agent.label).any()])
    names = [str(name) for name in data["environment"].unique()]

    def drawing(layout: Layout) -> Figure:
        figure, axes = row_panels(dict.fromkeys(_BLOCKS, names), agents, layout, same_scale=False)
        for (block, name), panel in axes.items():
            value = _BLOCKS[block]
            zero_line(panel)
            for row in data[data["environment"] == name].to_dict("records"):
                ends = (row[f"{value}_low"], row[f"{value}_high"])
                estimate(panel, agents.index(row["agent"]), row[value], ends, styles[row["agent"]])
            panel.set_xlabel("return per session")
        key_above(figure)
        return figure

    sessions = int(data["sessions"].max())
    caption = (
        "The tracks of each playlist in the agent's order, in random orders and in the best order that was "
        "found, played to the same listener with the same noise, who stays to the last track. Up to "
        f"{sessions} sessions per agent. {counts(results, study)} {BARS}"
    )
    return FigureSpec(drawing, data, "Track choice versus order: value of the order", caption)
