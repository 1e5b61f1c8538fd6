"""Figure: paired differences between the best agent and each other agent."""

from __future__ import annotations

from matplotlib.figure import Figure

from segue.experiments.analysis.agent_roles import best_agent, ranked
from segue.experiments.figures.drawing.captions import BARS, counts
from segue.experiments.figures.drawing.dot_plot import estimate, key_above, row_panels, zero_line
from segue.experiments.figures.drawing.style import FigureSpec, Layout, agent_styles
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


def draw(results: Results, study: StudyConfig) -> FigureSpec:
    """Draws one row per agent that the best agent is compared with; see `figures.FIGURES`."""
    best, styles = best_agent(results), agent_styles(study)
    table = results.differences[results.differences["agent"] == best]
    names = [str(name) for name in table["environment"].unique()]
    others = ranked(results, [agent.label for agent in study.agents if agent.label != best])

    def drawing(layout: Layout) -> Figure:
        rows = [f"minus {other}" for other in others]
        figure, axes = row_panels({"": names}, rows, layout, same_scale=False)
        for name in names:
            panel = axes["", name]
            zero_line(panel)
            for row in table[table["environment"] == name].to_dict("records"):
                # Each row has the colour of the agent that the best one is compared with.
                style, place = styles[row["other"]], others.index(row["other"])
                estimate(panel, place, row["difference"], (row["low"], row["high"]), style)
            panel.set_xlabel("return per session")
        key_above(figure, f"return of {best} minus that of the row")
        return figure

    caption = (
        f"Mean return of {best} minus that of each other agent, with the same listeners, pools and noise. "
        f"Right of 0, {best} is better. {counts(results, study)} {BARS}"
    )
    return FigureSpec(drawing, table, f"Paired differences: {best} minus each other agent", caption)
