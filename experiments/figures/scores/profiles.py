"""Figure: performance profiles, the share of runs that score above a threshold."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from segue.experiments.analysis.agent_roles import plotted_agents
from segue.experiments.figures.drawing.captions import counts, shown
from segue.experiments.figures.drawing.style import FigureSpec, agent_styles, legend_above
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws one panel per environment, two side by side; see `figures.FIGURES`."""
    data, styles, agents = results.profiles, agent_styles(study), plotted_agents(results, study)
    if data.empty:
        return None
    names = [str(name) for name in data["environment"].unique()]
    # All environments together come first, if there are several.
    names = names[-1:] + names[:-1]
    columns = min(len(names), 2)
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(9.2 if columns > 1 else 6.6, 3.0 * rows + 0.5), layout="constrained")
    curves: dict[str, Line2D] = {}
    for place, name in enumerate(names):
        panel = figure.add_subplot(rows, columns, place + 1)
        for agent in agents:
            line = data[(data["environment"] == name) & (data["agent"] == agent)]
            if line.empty:
                continue
            style = styles[agent]
            panel.fill_between(
                line["threshold"], line["low"], line["high"], color=style.colour, alpha=0.13, linewidth=0
            )
            (curve,) = panel.plot(line["threshold"], line["share"], color=style.colour, linestyle=style.dash)
            curves[agent] = curve
        panel.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        panel.set_ylim(-0.02, 1.04)
        panel.set_xlabel("normalised score", fontsize="small")
        if len(names) > 1:
            panel.set_title(name, loc="left")
    legend_above(figure, curves)
    caption = (
        "Share of runs that score above the threshold: further right is better. "
        "Band: pointwise 95 % interval of "
        f"the share of runs. {counts(results, study)}{shown(agents, study)}"
    )
    return FigureSpec(figure, data, "Performance profiles", caption)
