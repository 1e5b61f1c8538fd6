"""Figure: groups of listeners for whom agents do better or worse than the lower anchor."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from segue.experiments.analysis.agent_roles import baselines, best_agent, ranked, references
from segue.experiments.analysis.listener_groups import SPLITS
from segue.experiments.figures.drawing.captions import counts, interval
from segue.experiments.figures.drawing.dot_plot import zero_line
from segue.experiments.figures.drawing.style import AgentStyle, FigureSpec, agent_styles, legend_above
from segue.experiments.formatting import join_words
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws one panel per trait by which listeners are grouped; see `figures.FIGURES`."""
    data, styles = results.groups, agent_styles(study)
    if data.empty:
        return None
    best, simple = best_agent(results), ranked(results, baselines(results))
    rivals = [agent for agent in simple if agent not in (best, study.evaluation.lower)][:1]
    agents = [best, *rivals, *ranked(results, references(results))[:1]]
    names, splits = (list(data[column].unique()) for column in ("environment", "split"))
    figure = Figure(figsize=(max(9.2, 2.6 * len(splits)), 2.1 * len(names) + 0.4), layout="constrained")
    grid = figure.add_gridspec(len(names), len(splits))
    marks: dict[str, Line2D] = {}
    for row, name in enumerate(names):
        for column, split in enumerate(splits):
            here = data[(data["environment"] == name) & (data["split"] == split)]
            if here.empty:
                continue  # a listener without transition terms
            panel = figure.add_subplot(grid[row, column])
            marks |= _panel(panel, here, {agent: styles[agent] for agent in agents})
            panel.set_title(name if len(names) > 1 else "", fontsize="small", loc="left")
    legend_above(figure, marks)
    caption = (
        f"Mean return minus that of {study.evaluation.lower} on the same listeners. Listeners are split into "
        "quarters by how they rate the candidates at the start: by mean expected reward, by the spread of "
        "the utility, and by the share of the transition terms in that spread. "
        f"{_others(splits)}{counts(results, study)} {interval(study)}"
    )
    return FigureSpec(figure, data, "Difference by group of listeners", caption)


def _others(splits: list[str]) -> str:
    """Names the columns of the study's own table of listeners."""
    own = [split for split in splits if split not in SPLITS]
    return f"Other groups are those of the table of listeners: {join_words(own)}. " if own else ""


def _panel(panel: Axes, rows: pd.DataFrame, styles: dict[str, AgentStyle]) -> dict[str, Line2D]:
    """Draws one row per group of listeners, one marker per agent; returns the markers by agent."""
    groups, marks = list(rows["group"].unique()), {}
    zero_line(panel)
    for offset, (agent, style) in zip(np.linspace(-0.22, 0.22, len(styles)), styles.items(), strict=True):
        own = rows[rows["agent"] == agent]
        at = np.array([groups.index(group) for group in own["group"]]) + offset
        panel.hlines(at, own["low"], own["high"], color=style.colour, linewidth=2.2, alpha=0.75)
        (marks[agent],) = panel.plot(own["difference"], at, style.marker, color=style.colour, markersize=5)
    panel.set_yticks(range(len(groups)), groups, fontsize="x-small")
    panel.set_ylim(len(groups) - 0.5, -0.5)
    panel.tick_params(axis="x", labelsize="x-small")
    panel.grid(visible=True, axis="x")
    panel.grid(visible=False, axis="y")
    panel.set_xlabel("difference in return", fontsize="x-small")
    return marks
