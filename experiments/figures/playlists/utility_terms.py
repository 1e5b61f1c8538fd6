"""Figure: contribution of each term to the utility, by agent."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from segue.envs.core.step_result import UTILITY
from segue.experiments.analysis.agent_roles import baselines, best_agent, plotted_agents, ranked
from segue.experiments.figures.drawing.captions import BARS, counts, shown
from segue.experiments.figures.drawing.dot_plot import estimate, key_above, row_panels, zero_line
from segue.experiments.figures.drawing.style import AgentStyle, FigureSpec, Layout, agent_styles, legend_above
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

MOST = 10
"""Largest number of rows of a panel."""
MANY = 4
"""With more environments than this, they are the rows."""


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws one panel per term, one row per agent, or per environment; see `figures.FIGURES`."""
    data = utility_table(results.metrics)
    if data.empty:
        return None
    many = data["environment"].nunique() > MANY
    agents = _few(results, study) if many else ranked(results, plotted_agents(results, study, MOST))
    styles = {agent: style for agent, style in agent_styles(study).items() if agent in agents}
    drawn = data[data["agent"].isin(agents)]

    def drawing(layout: Layout) -> Figure:
        return _by_environment(drawn, styles, layout) if many else _by_agent(drawn, agents, styles, layout)

    caption = (
        "Mean weighted contribution of each term to the utility of a played track, each panel on its own "
        "scale. The constant term of a listener, which no agent can change, is left out, and so are terms "
        f"that are always 0. {counts(results, study)} {BARS}{shown(agents, study)}"
    )
    return FigureSpec(drawing, data, "Utility by term", caption)


def utility_table(metrics: pd.DataFrame) -> pd.DataFrame:
    """Selects the contributions of the terms, without those that are 0 for all agents of an environment.

    Args:
        metrics: Rows of (environment, agent, metric, mean, low, high), with the metrics `utility_<term>`.

    Returns:
        Rows of (environment, agent, term, mean, low, high).
    """
    columns = ["environment", "agent", "term", "mean", "low", "high"]
    if metrics.empty:
        return pd.DataFrame(columns=columns)
    terms = metrics[metrics["metric"].str.startswith(UTILITY) & (metrics["metric"] != f"{UTILITY}bias")]
    table = terms.assign(term=terms["metric"].str.removeprefix(UTILITY))[columns]
    largest = table.assign(size=table["mean"].abs()).groupby(["environment", "term"])["size"].transform("max")
    return table[largest > 0].reset_index(drop=True)


def _few(results: Results, study: StudyConfig) -> list[str]:
    """Returns the best agent, the best baseline and the anchors."""
    simple = [agent for agent in ranked(results, baselines(results)) if agent != study.evaluation.lower]
    anchors = (study.evaluation.lower, study.evaluation.upper)
    return list(dict.fromkeys([best_agent(results), *simple[:1], *anchors]))


def _by_agent(data: pd.DataFrame, agents: list[str], styles: dict[str, AgentStyle], layout: Layout) -> Figure:
    """Draws one block per environment."""
    blocks = {
        str(name): [str(term) for term in rows["term"].unique()]
        for name, rows in data.groupby("environment", sort=False)
    }
    figure, axes = row_panels(blocks, agents, layout, same_scale=False)
    for (name, term), panel in axes.items():
        _rows(panel, data[(data["environment"] == name) & (data["term"] == term)], "agent", agents, styles)
    key_above(figure)
    return figure


def _by_environment(data: pd.DataFrame, styles: dict[str, AgentStyle], layout: Layout) -> Figure:
    """Draws one panel per term, whose rows are environments."""
    names = [str(name) for name in data["environment"].unique()]
    terms = [str(term) for term in data["term"].unique()]
    figure, axes = row_panels({"": terms}, names, layout, columns=3, same_scale=False)
    for (_, term), panel in axes.items():
        _rows(panel, data[data["term"] == term], "environment", names, styles)
    legend_above(figure, {agent: Patch(color=style.colour) for agent, style in styles.items()})
    return figure


def _rows(
    panel: Axes, data: pd.DataFrame, column: str, rows: list[str], styles: dict[str, AgentStyle]
) -> None:
    """Draws the estimates of one panel, those of several agents in one row a little apart."""
    zero_line(panel)
    several = column != "agent"
    offsets = dict(zip(styles, np.linspace(-0.3, 0.3, len(styles)), strict=True)) if several else {}
    for row in data.to_dict("records"):
        at = rows.index(row[column]) + offsets.get(row["agent"], 0.0)
        ends = (row["low"], row["high"])
        estimate(panel, at, row["mean"], ends, styles[row["agent"]], 0.22 if several else 0.7)
