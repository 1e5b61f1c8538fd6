"""Figure: how much better the best agent is than each other, on the same sessions."""

from __future__ import annotations

from segue.experiments.analysis.agent_roles import best_agent, ranked
from segue.experiments.figures.drawing.captions import counts, interval
from segue.experiments.figures.drawing.dot_plot import dot, row_panels, zero_line
from segue.experiments.figures.drawing.style import FigureSpec, agent_styles
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


def draw(results: Results, study: StudyConfig) -> FigureSpec:
    """Draws one row for each agent that the best is compared with; see `figures.FIGURES`."""
    best, styles = best_agent(results), agent_styles(study)
    table = results.differences[results.differences["agent"] == best]
    names = [str(name) for name in table["environment"].unique()]
    others = ranked(results, [agent.label for agent in study.agents if agent.label != best])
    figure, axes = row_panels({"": names}, others)
    for name in names:
        panel = axes["", name]
        zero_line(panel)
        for row in table[table["environment"] == name].to_dict("records"):
            # The colour is that of the agent compared with: every row is about another one.
            style, place = styles[row["other"]], others.index(row["other"])
            dot(panel, place, row["difference"], (row["low"], row["high"]), style)
        panel.set_xlabel("difference in return a session", fontsize="small")
    caption = (
        f"Mean return of {best} minus that of each other agent on the same listeners, pools and luck: right "
        f"of 0 {best} is better. {counts(results, study)} {interval(study)}"
    )
    return FigureSpec(figure, table, f"By how much {best} is better, on the same sessions", caption)
