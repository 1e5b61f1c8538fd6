"""Figure: computing time of the agents, in training and in evaluation."""

from __future__ import annotations

import pandas as pd
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from segue.experiments.analysis.agent_roles import ranked
from segue.experiments.figures.drawing.captions import counts
from segue.experiments.figures.drawing.dot_plot import row_panels
from segue.experiments.figures.drawing.style import FigureSpec, agent_styles
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

TRAINING, EVALUATION = "training, in s per run", "evaluation, in ms per track"
_COLUMNS = {TRAINING: "train_seconds", EVALUATION: "milliseconds_per_track"}


def draw(results: Results, study: StudyConfig) -> FigureSpec:
    """Draws one marker per run on logarithmic scales; see `figures.FIGURES`."""
    data = time_table(results.episodes, results.runs)
    agents, styles = ranked(results, [agent.label for agent in study.agents]), agent_styles(study)
    names = [str(name) for name in data["environment"].unique()]
    shown = [TRAINING, EVALUATION] if data["learned"].any() else [EVALUATION]
    figure, axes = row_panels(dict.fromkeys(shown, names), agents)
    for (title, name), panel in axes.items():
        panel.set_xscale("log")
        panel.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=8))
        panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        panel.xaxis.set_minor_formatter(NullFormatter())
        rows = data[(data["environment"] == name) & (data[_COLUMNS[title]] > 0)]
        for row in rows.to_dict("records"):
            style, place = styles[row["agent"]], agents.index(row["agent"])
            panel.plot(row[_COLUMNS[title]], place, style.marker, color=style.colour, markersize=5, alpha=0.7)
    caption = (
        "Wall time on one core, one mark per run, on logarithmic scales: of training, and of evaluation "
        "divided by the tracks played. Sessions are played side by side; the time includes the simulator, "
        f"loading the agent, and analysing and explaining its playlists. {counts(results, study)}"
    )
    return FigureSpec(figure, data, "Computing time", caption)


def time_table(episodes: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Computes the wall times of runs.

    Args:
        episodes: Rows of (environment, agent, seed, length), one per session.
        runs: Rows of (environment, agent, seed, learned, steps, train_seconds, evaluate_seconds).

    Returns:
        The columns of `runs` that are named above, and milliseconds_per_track.
    """
    keys = ["environment", "agent", "seed"]
    tracks = episodes.groupby(keys)["length"].sum().rename("tracks").reset_index()
    times = runs[[*keys, "learned", "steps", "train_seconds", "evaluate_seconds"]]
    merged = times.merge(tracks, on=keys, how="left")
    per_track = 1000.0 * merged["evaluate_seconds"] / merged["tracks"]
    return merged.drop(columns="tracks").assign(milliseconds_per_track=per_track)
