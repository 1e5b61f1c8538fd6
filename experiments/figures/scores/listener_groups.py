"""Figure: groups of listeners for whom agents do better or worse than the lower anchor."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from segue.experiments.analysis.agent_roles import baselines, best_agent, ranked, references
from segue.experiments.analysis.listener_groups import SPLITS
from segue.experiments.figures.drawing.captions import BARS, counts
from segue.experiments.figures.drawing.dot_plot import estimate, row_panels, zero_line
from segue.experiments.figures.drawing.style import (
    FAINT,
    AgentStyle,
    FigureSpec,
    Layout,
    agent_styles,
    legend_above,
)
from segue.experiments.formatting import join_words
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws one panel per environment, with a row per group of listeners; see `figures.FIGURES`."""
    data, styles = results.groups, agent_styles(study)
    if data.empty:
        return None
    best, simple = best_agent(results), ranked(results, baselines(results))
    rivals = [agent for agent in simple if agent not in (best, study.evaluation.lower)][:1]
    agents = [best, *rivals, *ranked(results, references(results))[:1]]
    names = [str(name) for name in data["environment"].unique()]
    # One row per group; a listener without transition terms is in no group by their share.
    groups = [str(group) for group in data.drop_duplicates(["split", "group"])["group"]]
    first = [groups.index(str(rows["group"].iloc[0])) for _, rows in data.groupby("split", sort=False)]

    def drawing(layout: Layout) -> Figure:
        figure, axes = row_panels({"": names}, groups, layout, columns=3, same_scale=False, row_height=0.27)
        for name in names:
            panel = axes["", name]
            zero_line(panel)
            for row in first[1:]:
                panel.axhline(row - 0.5, color=FAINT, linewidth=0.6)
            _panel(panel, data[data["environment"] == name], groups, {a: styles[a] for a in agents})
            panel.set_xlabel("difference in return")
        legend_above(figure, {agent: Patch(color=styles[agent].colour) for agent in agents})
        return figure

    caption = (
        f"Mean return minus that of {study.evaluation.lower} on the same listeners. Listeners are split into "
        "quarters by how they rate the candidates at the start: by mean expected reward, by the spread of "
        "the utility, and by the share of the transition terms in that spread. "
        f"{_others(list(data['split'].unique()))}{counts(results, study)} {BARS}"
    )
    return FigureSpec(drawing, data, "Difference by group of listeners", caption)


def _others(splits: list[str]) -> str:
    """Names the columns of the study's own table of listeners."""
    own = [split for split in splits if split not in SPLITS]
    return f"Other groups are those of the table of listeners: {join_words(own)}. " if own else ""


def _panel(panel: Axes, rows: pd.DataFrame, groups: list[str], styles: dict[str, AgentStyle]) -> None:
    """Draws the agents one below the other in the row of each group of listeners."""
    for offset, (agent, style) in zip(np.linspace(-0.27, 0.27, len(styles)), styles.items(), strict=True):
        for row in rows[rows["agent"] == agent].to_dict("records"):
            ends = (row["low"], row["high"])
            estimate(panel, groups.index(row["group"]) + offset, row["difference"], ends, style, 0.24)
