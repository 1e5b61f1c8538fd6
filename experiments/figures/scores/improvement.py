"""Figure: probability of improvement, how often a run of the best agent does better than one of another."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from segue.experiments.analysis.agent_roles import best_agent, ranked
from segue.experiments.figures.drawing.captions import BARS, GIVEN_TRACKS, counts
from segue.experiments.figures.drawing.dot_plot import estimate, key_above, row_panels, zero_line
from segue.experiments.figures.drawing.style import FigureSpec, Layout, agent_styles
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws one row per agent that the best one is compared with; see `figures.FIGURES`."""
    table, best, styles = results.improvement, best_agent(results), agent_styles(study)
    if table.empty or not (table["agent"] == best).any():
        return None
    own = table[table["agent"] == best]
    names = [str(name) for name in own["environment"].unique()]
    names = names[-1:] + names[:-1]  # all environments together come first
    others = ranked(results, [str(other) for other in own["other"].unique()])

    def drawing(layout: Layout) -> Figure:
        figure, axes = row_panels({"": names}, [f"over {other}" for other in others], layout, columns=3)
        for name in names:
            panel = axes["", name]
            zero_line(panel, 0.5)
            for row in own[own["environment"] == name].to_dict("records"):
                place, ends = others.index(row["other"]), (row["low"], row["high"])
                estimate(panel, place, row["probability"], ends, styles[row["other"]])
            panel.set_xlim(-0.03, 1.03)
            panel.xaxis.set_major_locator(FixedLocator([0.0, 0.5, 1.0]))
            panel.set_xlabel("probability")
        key_above(figure, f"probability that a run of {best} does better")
        return figure

    caption = (
        f"Probability that a run of {best} has a higher mean return than a run of the agent of the row, on "
        f"the same sessions (Agarwal et al. 2021); at 0.5 neither is better. {counts(results, study)} "
        f"{BARS}{GIVEN_TRACKS} The CSV file has all pairs with a learned agent."
    )
    return FigureSpec(drawing, table, f"Probability of improvement: {best} over each other agent", caption)
