"""Figure: learning curves, returns on fixed validation sessions and in training against training steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from segue.experiments.analysis.agent_roles import plotted_agents
from segue.experiments.analysis.statistics.intervals import mean_over_runs
from segue.experiments.analysis.statistics.runs import runs_of
from segue.experiments.figures.drawing.captions import BANDS, GIVEN_TRACKS, counts
from segue.experiments.figures.drawing.direct_labels import FRAME, height_for, label_lines
from segue.experiments.figures.drawing.style import AgentStyle, FigureSpec, Layout, agent_styles
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

VALIDATION, TRAINING = "validation", "training"
"""The two views: fixed sessions without exploration, and the sessions that were trained on."""
POINTS = 25
"""Approximate number of points of the curve of training: neighbouring windows are averaged."""
THIN = 1.25
"""Height of the second view in inches."""
COLUMNS = ["view", "environment", "agent", "steps", "return", "low", "high", "seeds"]


def draw(results: Results, study: StudyConfig) -> FigureSpec | None:
    """Draws one curve per learned agent and a level for every other; see `figures.FIGURES`."""
    if results.curves.empty and results.validation.empty:
        return None
    data = pd.concat(
        [
            validation_bands(results.validation, study.evaluation.lower),
            training_means(results.curves),
        ],
        ignore_index=True,
    )
    learned = data.groupby("agent")["steps"].transform("max") > 0
    if not learned.any():
        return None
    names = [str(name) for name in data.loc[learned, "environment"].unique()]
    wanted = {*plotted_agents(results, study), *data.loc[learned, "agent"]}
    styles = {agent: style for agent, style in agent_styles(study).items() if agent in wanted}
    height = height_for(len(styles), 2.6)
    lower = study.evaluation.lower
    sessions = results.validation.groupby("environment")["episode"].nunique().max()

    def drawing(layout: Layout) -> Figure:
        columns = min(layout.columns, 2, len(names))
        rows = -(-len(names) // columns)
        figure = Figure(figsize=(layout.width, (height + THIN) * rows), layout="constrained")
        grid = figure.add_gridspec(2 * rows, columns, height_ratios=[height, THIN] * rows)
        for place, name in enumerate(names):
            row, column = divmod(place, columns)
            upper, lower_panel = (figure.add_subplot(grid[2 * row + k, column]) for k in (0, 1))
            here = data[data["environment"] == name]
            lower_panel.sharex(upper)
            _curves(upper, lower_panel, here, styles, height, lower)
            upper.set_title(name if len(names) > 1 else "", fontweight="bold")
        return figure

    caption = (
        f"Above: return of the agent as it is, without exploration, minus that of {lower} on the same "
        f"{sessions:.0f} validation sessions of the training's environment; they are the same at every step "
        "and for all agents of a run, those that do not learn being levels. Below: return of the sessions "
        "that were trained on, including exploration, by the step at which they began; mean over seeds. "
        "Steps are those that were done, whole rollouts. "
        f"{counts(results, study)} {BANDS}{GIVEN_TRACKS}"
    )
    return FigureSpec(drawing, data, "Learning curves", caption)


def validation_bands(validation: pd.DataFrame, lower: str) -> pd.DataFrame:
    """Averages what agents earn more than the lower anchor on validation sessions, over runs.

    Most of the variation between sessions is common to all agents, and cancels.

    Args:
        validation: Rows of (environment, agent, seed, steps, episode, return).
        lower: Label of the agent whose return is subtracted, session by session.

    Returns:
        Rows of `COLUMNS`, one per time that the agents of all seeds were evaluated; `steps` is the mean over
        seeds, since rounds of whole sessions differ in length; `return` is the difference.
    """
    tables = []
    groups = validation.groupby(["environment", "agent"], sort=False) if len(validation) else ()
    for (environment, agent), own in groups:
        rows = _minus(
            own, validation[(validation["environment"] == environment) & (validation["agent"] == lower)]
        )
        point = rows.groupby("seed")["steps"].rank(method="dense").astype(int)
        frame = rows.assign(point=point)
        last = frame.groupby("seed")["point"].max().min()
        frame = frame[frame["point"] <= last]
        steps = frame.groupby("point")["steps"].mean()
        found = [mean_over_runs([runs_of(here)]) for _, here in frame.groupby("point")]
        table = {"view": VALIDATION, "environment": environment, "agent": agent, "steps": steps.to_numpy()}
        ends = pd.DataFrame(found).set_axis(["return", "low", "high"], axis=1)
        tables.append(pd.DataFrame(table).join(ends).assign(seeds=frame["seed"].nunique()))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def _minus(rows: pd.DataFrame, anchor: pd.DataFrame) -> pd.DataFrame:
    """Subtracts the anchor's return of the same session; of the same seed too, if the anchor has them all."""
    keys = ["seed", "episode"] if set(rows["seed"]) <= set(anchor["seed"]) else ["episode"]
    common = anchor.groupby(keys)["return"].mean().rename("anchor")
    joined = rows.merge(common, left_on=keys, right_index=True)
    return joined.assign(**{"return": joined["return"] - joined["anchor"]})


def training_means(curves: pd.DataFrame) -> pd.DataFrame:
    """Averages the learning curves of the seeds of each agent, and neighbouring windows.

    Args:
        curves: Rows of (environment, agent, seed, steps, episodes, return_mean), one per window of training.

    Returns:
        Rows of `COLUMNS` without intervals; `steps` is where the windows of a point begin.
    """
    tables = []
    for (environment, agent), rows in (
        curves.groupby(["environment", "agent"], sort=False) if len(curves) else ()
    ):
        window = rows.groupby("seed").cumcount()
        width = max(int(window.max() + 1) // POINTS, 1)
        frame = rows.assign(point=window // width, total=rows["return_mean"] * rows["episodes"])
        sums = frame.groupby(["point", "seed"])[["total", "episodes"]].sum()
        by_seed = (sums["total"] / sums["episodes"]).unstack("seed").dropna()
        steps = frame.groupby(["point", "seed"])["steps"].min().groupby("point").mean().loc[by_seed.index]
        table = {"view": TRAINING, "environment": environment, "agent": agent, "steps": steps}
        ends = {"return": by_seed.mean(axis=1), "low": np.nan, "high": np.nan, "seeds": by_seed.shape[1]}
        tables.append(pd.DataFrame({**table, **ends}))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def _curves(
    upper: Axes, lower: Axes, rows: pd.DataFrame, styles: dict[str, AgentStyle], height: float, lowest: str
) -> None:
    """Draws both views of one environment."""
    ends: dict[str, tuple[float, float]] = {}
    last = float(rows["steps"].max())
    for (view, agent), line in rows.groupby(["view", "agent"], sort=False):
        if agent not in styles:
            continue
        style = styles[agent]
        look: dict[str, Any] = {"color": style.colour, "gid": style.gid}
        if view == TRAINING:
            lower.plot(line["steps"], line["return"], linestyle=style.dash, linewidth=0.9, **look)
            continue
        level = line["steps"].max() == 0
        line = pd.concat([line, line.assign(steps=last)]) if level else line
        alpha, dash, width = (0.1, ":", 1.0) if level else (0.22, style.dash, 1.6)
        upper.fill_between(line["steps"], line["low"], line["high"], alpha=alpha, linewidth=0, **look)
        upper.plot(line["steps"], line["return"], linestyle=dash, linewidth=width, **look)
        ends[str(agent)] = (float(line["steps"].iloc[-1]), float(line["return"].iloc[-1]))
    upper.set_xlim(0, last)
    label_lines(upper, ends, styles, height - 0.2 if height > FRAME + 1 else height)
    upper.set_ylabel(f"return minus {lowest}’s")
    lower.set_ylabel("in training")
    lower.set_xlabel("training steps")
    upper.tick_params(labelbottom=False)
    lower.xaxis.set_major_locator(MaxNLocator(4))
    lower.yaxis.set_major_locator(MaxNLocator(3))
    lower.xaxis.set_major_formatter(FuncFormatter(lambda steps, _: f"{steps / 1000:g}k" if steps else "0"))
