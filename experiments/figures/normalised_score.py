"""Figure: the normalised score of every agent with its interval."""

from __future__ import annotations

from segue.experiments.config import StudyConfig
from segue.experiments.figures.captions import counts, interval
from segue.experiments.figures.style import FAINT, Drawn, looks, panels
from segue.experiments.results import Results
from segue.experiments.words import number


def draw(results: Results, study: StudyConfig) -> Drawn:
    """Draws one row an agent, the best on top; see ``figures.FIGURES``."""
    names = list(results.scores["environment"].unique())
    figure, axes = panels(names, height=0.9 + 0.38 * len(study.agents))
    styles = looks(study)
    for panel, name in zip(axes, names, strict=True):
        rows = results.scores[results.scores["environment"] == name].sort_values("score")
        panel.grid(visible=False, axis="y")
        panel.grid(visible=True, axis="x")
        for anchor in (0.0, 1.0):
            panel.axvline(anchor, color=FAINT, linewidth=1)
        for place, row in enumerate(rows.itertuples()):
            look = styles[str(row.agent)]
            panel.plot(
                [row.low, row.high], [place, place], color=look.colour, linewidth=3, solid_capstyle="butt"
            )
            panel.plot(row.score, place, look.marker, color=look.colour, markersize=8)
            panel.annotate(
                number(float(row.score)),
                (row.score, place),
                xytext=(0, 7),
                textcoords="offset points",
                ha="center",
            )
        panel.set_yticks(range(len(rows)), list(rows["agent"]))
        panel.set_ylim(-0.6, len(rows) - 0.2)
        panel.set_xlabel(f"normalised score (0 = {study.evaluation.lower}, 1 = {study.evaluation.upper})")
    caption = (
        f"Normalised score on listeners never met in training: 0 is {study.evaluation.lower}, "
        f"1 is {study.evaluation.upper}. Interquartile mean over seeds. "
        f"{counts(results, study)} {interval(study)}"
    )
    return Drawn(figure, results.scores, "Which agent chooses best", caption)
