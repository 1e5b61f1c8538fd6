"""Figure: share of sessions in which one agent is better than another, for every pair of agents."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from segue.experiments.analysis.agent_roles import plotted_agents, ranked
from segue.experiments.figures.drawing.captions import counts, shown
from segue.experiments.figures.drawing.style import INK, LOSS, WIN, FigureSpec
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

CELL = 0.34
"""Side of a cell in inches."""
MOST = 10
"""Largest number of agents in a matrix."""
WIDEST = 10.0
"""Width in inches beyond which two matrices do not stand side by side."""


def draw(results: Results, study: StudyConfig) -> FigureSpec:
    """Draws one matrix per environment, the best agents first; see `figures.FIGURES`."""
    table = results.differences
    names = [str(name) for name in table["environment"].unique()]
    agents = ranked(results, plotted_agents(results, study, MOST))
    # A character of a name takes about 0.07 inches beside the cells; slanted, above them, half of that.
    side = CELL * len(agents) + max(1.5, 0.1 + 0.1 * max(map(len, agents)))
    columns = 2 if len(names) > 1 and 2 * side < WIDEST else 1
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(max(side * columns, 4.6), (side + 0.2) * rows), layout="constrained")
    for place, name in enumerate(names):
        panel = figure.add_subplot(rows, columns, place + 1)
        _matrix(panel, table[table["environment"] == name], agents)
        if len(names) > 1:
            panel.set_title(name, loc="left", fontweight="bold")
    caption = (
        "Percentage of sessions in which the agent of the row has a higher return than the agent of the "
        "column, with the same listener, candidates and noise; ties count half. Blue: above 50; orange: "
        "below 50. Bold: the 95 % interval of the paired difference in return excludes 0. "
        f"{counts(results, study)}{shown(agents, study)}"
    )
    kept = ["environment", "agent", "other", "sessions_won", "runs_won", "difference", "low", "high"]
    return FigureSpec(figure, table[kept], "Pairwise comparison: share of sessions won", caption)


def _matrix(panel: Axes, rows: pd.DataFrame, agents: list[str]) -> None:
    """Draws one matrix, with a tinted cell and its percentage for each ordered pair."""
    for row in rows[rows["agent"].isin(agents) & rows["other"].isin(agents)].to_dict("records"):
        x, y = agents.index(row["other"]), agents.index(row["agent"])
        share, sure = row["sessions_won"], row["low"] > 0 or row["high"] < 0
        colour, depth = WIN if share > 0.5 else LOSS, min(abs(share - 0.5) * 1.3, 0.65)
        cell = Rectangle((x - 0.48, y - 0.48), 0.96, 0.96, linewidth=0, facecolor=colour, alpha=depth)
        panel.add_patch(cell)
        weight = "bold" if sure else "normal"
        text = f"{100 * share:.0f}"
        panel.text(x, y, text, ha="center", va="center", fontsize="x-small", color=INK, fontweight=weight)
    panel.set_xlim(-0.5, len(agents) - 0.5)
    panel.set_ylim(len(agents) - 0.5, -0.5)
    panel.set_aspect("equal")
    panel.grid(visible=False)
    panel.spines[["left", "bottom"]].set_visible(False)
    panel.tick_params(length=0)
    panel.set_yticks(range(len(agents)), agents, fontsize="small")
    panel.set_xticks(range(len(agents)), agents, fontsize="small", rotation=60, ha="left")
    panel.xaxis.tick_top()
