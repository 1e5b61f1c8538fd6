"""Figure: how much better each learned agent is than each other, on the same sessions."""

from __future__ import annotations

import numpy as np

from segue.experiments.config import StudyConfig
from segue.experiments.figures.captions import counts, interval
from segue.experiments.figures.style import FAINT, Drawn, legend_above, looks, panels
from segue.experiments.results import Results
from segue.experiments.subjects import subjects


def draw(results: Results, study: StudyConfig) -> Drawn:
    """Draws one row for each agent to compare with, one mark an agent compared; see ``figures``."""
    compared = subjects(results)
    table = results.differences[results.differences["agent"].isin(compared)]
    names = list(table["environment"].unique())
    others = [agent.label for agent in study.agents if [agent.label] != compared][::-1]
    figure, axes = panels(names, height=1.1 + 0.42 * len(others))
    styles = looks(study)
    offsets = np.linspace(0.14, -0.14, len(compared)) if len(compared) > 1 else np.zeros(1)
    for panel, name in zip(axes, names, strict=True):
        panel.axvline(0, color=FAINT, linewidth=1)
        panel.grid(visible=False, axis="y")
        panel.grid(visible=True, axis="x")
        for agent, offset in zip(compared, offsets, strict=True):
            rows = table[(table["environment"] == name) & (table["agent"] == agent)]
            at = np.array([others.index(other) for other in rows["other"]]) + offset
            look = styles[agent]
            panel.hlines(at, rows["low"], rows["high"], color=look.colour, linewidth=3)
            panel.plot(rows["difference"], at, look.marker, color=look.colour, markersize=7, label=agent)
        panel.set_yticks(range(len(others)), [f"minus {other}" for other in others])
        panel.set_ylim(-0.6, len(others) - 0.4)
        panel.set_xlabel("difference in return a session")
    legend_above(figure, axes[0])
    caption = (
        "Mean difference in return between two agents on the same listeners, pools and luck: right of 0 the "
        f"named agent is better. {counts(results, study)} {interval(study)}"
    )
    return Drawn(figure, table, "By how much, on the same sessions", caption)
