"""Figure: the normalised score of every agent with its interval."""

from __future__ import annotations

from matplotlib.figure import Figure

from segue.experiments.analysis.agent_roles import ranked
from segue.experiments.figures.drawing.captions import counts, interval
from segue.experiments.figures.drawing.dot_plot import (
    estimate,
    key_above,
    row_panels,
    write_beside,
    zero_line,
)
from segue.experiments.figures.drawing.style import FigureSpec, Layout, agent_styles
from segue.experiments.formatting import number
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

COLUMNS = 3
"""Panels side by side, which leaves room for the numbers."""


def draw(results: Results, study: StudyConfig) -> FigureSpec:
    """Draws one row per agent, the best on top, and one panel per environment; see `figures.FIGURES`."""
    names = [str(name) for name in results.scores["environment"].unique()]
    agents, styles = ranked(results, [agent.label for agent in study.agents]), agent_styles(study)

    def drawing(layout: Layout) -> Figure:
        # The panel that summarises all environments comes first.
        figure, axes = row_panels({"": names[-1:] + names[:-1]}, agents, layout, columns=COLUMNS)
        for name in names:
            panel = axes["", name]
            for anchor in (0.0, 1.0):
                zero_line(panel, anchor)
            for row in results.scores[results.scores["environment"] == name].to_dict("records"):
                place = agents.index(row["agent"])
                estimate(panel, place, row["score"], (row["low"], row["high"]), styles[row["agent"]])
                write_beside(panel, place, number(row["score"]))
            panel.set_xlabel("normalised score")
        key_above(figure, "score, its value on the right")
        return figure

    caption = (
        f"Normalised score on listeners that do not occur in training: 0 is {study.evaluation.lower}, "
        f"1 is {study.evaluation.upper}. Interquartile mean over runs (mean of fewer than four), "
        "with its value on the right; over all environments, the mean of theirs. "
        f"{counts(results, study)} {interval(study)}"
    )
    return FigureSpec(drawing, results.scores, "Normalised scores", caption)
