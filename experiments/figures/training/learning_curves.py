"""Figure: learning curves, return against training steps."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from segue.experiments.analysis.agent_roles import plotted_agents
from segue.experiments.figures.drawing.captions import counts
from segue.experiments.figures.drawing.direct_labels import label_lines
from segue.experiments.figures.drawing.style import AgentStyle, FigureSpec, agent_styles, panels
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

POINTS = 25
"""Approximate number of points of a curve: neighbouring windows of training are averaged."""


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws one curve per learned agent; see `figures.FIGURES`."""
    if results.curves.empty:
        return None
    data = curve_bands(results.curves)
    names = list(data["environment"].unique())
    figure, axes = panels(names)
    styles, shown = agent_styles(study), plotted_agents(results, study)
    for panel, name in zip(axes, names, strict=True):
        ends = _draw_untrained(panel, results, name, {agent: styles[agent] for agent in shown})
        for agent, rows in data[data["environment"] == name].groupby("agent", sort=False):
            style = styles[str(agent)]
            panel.fill_between(
                rows["steps"], rows["low"], rows["high"], color=style.colour, alpha=0.22, linewidth=0
            )
            panel.plot(rows["steps"], rows["return"], color=style.colour, linestyle=style.dash)
            ends[str(agent)] = float(rows["return"].iloc[-1])
        label_lines(panel, ends, styles)
        panel.set_xlabel("training steps")
        panel.set_ylabel("return per session")
        panel.set_xlim(left=0)
        panel.xaxis.set_major_formatter(
            FuncFormatter(lambda steps, _: f"{steps / 1000:g}k" if steps else "0")
        )
    caption = (
        "Return of the sessions played in training, including exploration. Line: mean over seeds; band: its "
        "95 % percentile bootstrap interval. Dotted lines: agents that do not learn, in evaluation. "
        f"{counts(results, study)}"
    )
    return FigureSpec(figure, data, "Learning curves", caption)


def curve_bands(curves: pd.DataFrame) -> pd.DataFrame:
    """Averages the learning curves of the seeds of each agent.

    Args:
        curves: Rows of (environment, agent, seed, steps, return_mean), one per window of training.

    Returns:
        Rows of (environment, agent, steps, return, low, high, seeds).
    """
    tables = []
    for (environment, agent), rows in curves.groupby(["environment", "agent"], sort=False):
        window = rows.groupby("seed").cumcount()
        width = max(int(window.max() + 1) // POINTS, 1)
        point = (window // width).rename("point")
        by_seed = rows.groupby([point, "seed"])["return_mean"].mean().unstack("seed").dropna()
        steps = rows.groupby(point)["steps"].max().loc[by_seed.index]
        values = by_seed.to_numpy()
        chosen = np.random.default_rng(0).integers(values.shape[1], size=(1000, values.shape[1]))
        low, high = np.quantile(values[:, chosen].mean(axis=-1), [0.025, 0.975], axis=1)
        columns = {"steps": steps, "return": values.mean(axis=1), "low": low, "high": high}
        named = {"environment": environment, "agent": agent, **columns, "seeds": values.shape[1]}
        tables.append(pd.DataFrame(named))
    return pd.concat(tables, ignore_index=True)


def _draw_untrained(
    panel: Axes, results: Results, environment: str, styles: dict[str, AgentStyle]
) -> dict[str, float]:
    """Draws the mean return of agents that do not learn as horizontal lines, and returns their heights."""
    runs = results.runs[(results.runs["environment"] == environment) & ~results.runs["learned"]]
    runs = runs[runs["agent"].isin(list(styles))]
    levels = {
        str(agent): float(rows["return_mean"].mean()) for agent, rows in runs.groupby("agent", sort=False)
    }
    for agent, level in levels.items():
        panel.axhline(level, color=styles[agent].colour, linestyle=":", linewidth=1)
    return levels
