"""Figure: what each term of the listener contributes, by agent."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segue.experiments.config import StudyConfig
from segue.experiments.figures.captions import counts, interval
from segue.experiments.figures.style import FAINT, Drawn, legend_above, looks, panels
from segue.experiments.intervals import mean_interval
from segue.experiments.metrics import TERM
from segue.experiments.results import Results


def draw(results: Results, study: StudyConfig) -> Drawn | None:
    """Draws one row for each term, one mark for each agent; see ``figures.FIGURES``."""
    data = term_table(results.episodes, study.resamples)
    if data.empty:
        return None
    names = list(data["environment"].unique())
    agents = [agent.label for agent in study.agents]
    most = int(data.groupby("environment")["term"].nunique().max())
    figure, axes = panels(names, height=1.0 + 0.15 * most * len(agents))
    styles, offsets = looks(study), np.linspace(0.36, -0.36, len(agents))
    for panel, name in zip(axes, names, strict=True):
        panel.axvline(0, color=FAINT, linewidth=1)
        panel.grid(visible=False, axis="y")
        panel.grid(visible=True, axis="x")
        here = data[data["environment"] == name]
        terms = list(here["term"].unique())[::-1]
        for agent, offset in zip(agents, offsets, strict=True):
            rows, look = here[here["agent"] == agent], styles[agent]
            at = np.array([terms.index(term) for term in rows["term"]]) + offset
            panel.hlines(at, rows["low"], rows["high"], color=look.colour, linewidth=2)
            panel.plot(rows["mean"], at, look.marker, color=look.colour, markersize=5.5, label=agent)
        for border in range(1, len(terms)):
            panel.axhline(border - 0.5, color=FAINT, linewidth=0.5, alpha=0.6)
        panel.set_yticks(range(len(terms)), terms)
        panel.set_ylim(-0.55, len(terms) - 0.45)
        panel.set_xlabel("contribution to the listener's utility, mean a track")
    legend_above(figure, axes[0])
    caption = (
        "Mean weighted contribution of each term to the utility of a played track; the constant liking of a "
        f"listener, which no agent can change, is left out. {counts(results, study)} {interval(study)}"
    )
    return Drawn(figure, data, "Why: utility by term", caption)


def term_table(episodes: pd.DataFrame, resamples: int) -> pd.DataFrame:
    """Averages the contribution of each term by agent.

    Args:
        episodes: One row a session with columns ``reward_<term>``.
        resamples: Bootstrap resamples behind each interval.

    Returns:
        Rows of (environment, agent, term, mean, low, high).
    """
    columns = [name for name in episodes if str(name).startswith(TERM) and name != f"{TERM}bias"]
    rows = []
    for (environment, agent), sessions in episodes.groupby(["environment", "agent"], sort=False):
        for column in columns:
            matrix = sessions.pivot_table(index="seed", columns="episode", values=column).to_numpy()
            if matrix.size == 0:
                continue  # a term of another environment's listener
            interval = mean_interval(matrix, resamples=resamples)
            term = str(column).removeprefix(TERM)
            rows.append((environment, agent, term, interval.estimate, interval.low, interval.high))
    return pd.DataFrame(rows, columns=["environment", "agent", "term", "mean", "low", "high"])
