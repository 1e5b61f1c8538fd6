"""Figure: the normalised score of every agent with its interval."""

from __future__ import annotations

from segue.experiments.analysis.agent_roles import ranked
from segue.experiments.figures.drawing.captions import counts, interval
from segue.experiments.figures.drawing.dot_plot import dot, row_panels, zero_line
from segue.experiments.figures.drawing.style import INK, FigureSpec, agent_styles
from segue.experiments.formatting import number
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


def draw(results: Results, study: StudyConfig) -> FigureSpec:
    """Draws one row an agent, the best on top, and one panel an environment; see `figures.FIGURES`."""
    names = [str(name) for name in results.scores["environment"].unique()]
    agents, styles = ranked(results, [agent.label for agent in study.agents]), agent_styles(study)
    # Two panels a row leave room for the numbers; one that sums up all environments comes first.
    figure, axes = row_panels({"": names[-1:] + names[:-1]}, agents)
    for name in names:
        panel = axes["", name]
        for anchor in (0.0, 1.0):
            zero_line(panel, anchor)
        for row in results.scores[results.scores["environment"] == name].to_dict("records"):
            place = agents.index(row["agent"])
            dot(panel, place, row["score"], (row["low"], row["high"]), styles[row["agent"]])
            panel.annotate(
                number(row["score"]),
                (1.0, place),
                xycoords=("axes fraction", "data"),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                fontsize="x-small",
                color=INK,
            )
        panel.set_xlabel("normalised score", fontsize="small")
    caption = (
        f"Normalised score on listeners never met in training: 0 is {study.evaluation.lower}, "
        f"1 is {study.evaluation.upper}. Interquartile mean over seeds; the number is on the right. "
        f"{counts(results, study)} {interval(study)}"
    )
    return FigureSpec(figure, results.scores, "Which agent chooses best", caption)
