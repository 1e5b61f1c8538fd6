"""Figure: contribution of each term to the utility, by agent."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from segue.envs.core.step_result import UTILITY
from segue.experiments.analysis.agent_roles import plotted_agents, ranked
from segue.experiments.analysis.statistics.intervals import mean_over_runs
from segue.experiments.analysis.statistics.runs import catalog_shares, runs_of
from segue.experiments.figures.drawing.captions import counts, interval, shown
from segue.experiments.figures.drawing.dot_plot import dot, row_panels, zero_line
from segue.experiments.figures.drawing.style import FigureSpec, agent_styles
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

MOST = 10
"""Largest number of rows of a panel."""


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws one panel per term, one row per agent; see `figures.FIGURES`."""
    data = utility_table(results.episodes, catalog_shares(results.runs))
    if data.empty:
        return None
    agents, styles = ranked(results, plotted_agents(results, study, MOST)), agent_styles(study)
    blocks = {
        str(name): [str(term) for term in rows["term"].unique()]
        for name, rows in data.groupby("environment", sort=False)
    }
    figure, axes = row_panels(blocks, agents)
    for (name, term), panel in axes.items():
        zero_line(panel)
        rows = data[(data["environment"] == name) & (data["term"] == term) & data["agent"].isin(agents)]
        for row in rows.to_dict("records"):
            place = agents.index(row["agent"])
            dot(panel, place, row["mean"], (row["low"], row["high"]), styles[row["agent"]])
    caption = (
        "Mean weighted contribution of each term to the utility of a played track, each panel on its own "
        "scale. The constant term of a listener, which no agent can change, is left out. "
        f"{counts(results, study)} {interval(study)}{shown(agents, study)}"
    )
    return FigureSpec(figure, data, "Utility by term", caption)


def utility_table(episodes: pd.DataFrame, shares: Mapping[str, float]) -> pd.DataFrame:
    """Averages the contribution of each term by agent.

    Args:
        episodes: One row per session with columns `utility_<term>`.
        shares: See `catalog_shares`.

    Returns:
        Rows of (environment, agent, term, mean, low, high).
    """
    columns = [name for name in episodes if str(name).startswith(UTILITY) and name != f"{UTILITY}bias"]
    rows = []
    for (environment, agent), sessions in episodes.groupby(["environment", "agent"], sort=False):
        for column in columns:
            if sessions[column].isna().all():
                continue  # a term of another environment's listener
            interval = mean_over_runs([runs_of(sessions, str(column), shares.get(str(environment), 1.0))])
            term = str(column).removeprefix(UTILITY)
            rows.append((environment, agent, term, interval.estimate, interval.low, interval.high))
    return pd.DataFrame(rows, columns=["environment", "agent", "term", "mean", "low", "high"])
