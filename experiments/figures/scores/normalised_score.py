"""Figure: the normalised score of every agent with its interval."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from segue.experiments.analysis.agent_roles import ranked
from segue.experiments.figures.drawing.captions import BARS, counts
from segue.experiments.figures.drawing.dot_plot import (
    estimate,
    key_above,
    row_panels,
    write_beside,
    zero_line,
)
from segue.experiments.figures.drawing.style import FigureSpec, Layout, agent_styles
from segue.experiments.formatting import counted, number
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

COLUMNS = 3
"""Panels side by side, which leaves room for the numbers."""
LEAST_FILLED = 0.9
"""Least share of the rows of a block that every one of its panels fills."""


def draw(results: Results, study: StudyConfig) -> FigureSpec:
    """Draws one row per agent, the best on top, and one panel per environment; see `figures.FIGURES`."""
    scores, styles = results.scores, agent_styles(study)
    agents = ranked(results, [agent.label for agent in study.agents])
    blocks, rows = _blocks(scores, agents)

    def drawing(layout: Layout) -> Figure:
        figure, axes = row_panels(blocks, rows, layout, columns=COLUMNS)
        for (block, name), panel in axes.items():
            for anchor in (0.0, 1.0):
                zero_line(panel, anchor)
            for row in scores[scores["environment"] == name].to_dict("records"):
                place = rows[block].index(row["agent"])
                estimate(panel, place, row["score"], (row["low"], row["high"]), styles[row["agent"]])
                write_beside(panel, place, number(row["score"]))
            panel.set_xlabel("normalised score")
        key_above(figure, "score, its value on the right")
        return figure

    caption = (
        f"Normalised score on listeners that do not occur in training: 0 is {study.evaluation.lower}, "
        f"1 is {study.evaluation.upper}. Interquartile mean over runs (mean of fewer than four), "
        "with its value on the right; over all environments, the mean of theirs. "
        f"{counts(results, study)} {BARS}"
    )
    return FigureSpec(drawing, scores, "Normalised scores", caption)


def _blocks(scores: pd.DataFrame, agents: list[str]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Groups the environments by the agents that played in them; a few may be missing in some.

    Returns:
        Environments and agents by the title of their block; the summary of all environments is the first.
    """
    played = {str(name): set(group["agent"]) for name, group in scores.groupby("environment", sort=False)}
    names = [*played]
    groups: list[list[str]] = []
    for name in names[-1:] + names[:-1]:
        for group in groups:
            members = [played[member] for member in (*group, name)]
            if min(map(len, members)) >= LEAST_FILLED * len(set.union(*members)):
                group.append(name)
                break
        else:
            groups.append([name])
    blocks: dict[str, list[str]] = {}
    rows: dict[str, list[str]] = {}
    for group in groups:
        present = set.union(*(played[name] for name in group))
        title = counted(len(present), "agent")
        while title in blocks:
            title = f"other {title}"
        blocks[title], rows[title] = group, [agent for agent in agents if agent in present]
    return blocks, rows
