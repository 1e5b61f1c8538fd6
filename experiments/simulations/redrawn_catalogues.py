"""Measures how often the intervals of a study cover the truth when its catalogue is redrawn too.

usage: python experiments/simulations/redrawn_catalogues.py [--replicates 80]

A replicate is a study on a catalogue of its own, like the demo catalogue. The truth is the mean over all
replicates. Writes `experiments/results/statistics/redrawn_catalogues.csv` after about 12 minutes per
environment on one core; `--played FOLDER` keeps what was played there, and uses it if it is there already.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import tyro

from segue.experiments.analysis.bootstrap import mean_interval
from segue.experiments.analysis.statistics.interval import Interval
from segue.experiments.analysis.statistics.intervals import iqm_interval, mean_over_runs
from segue.experiments.analysis.statistics.runs import Runs
from segue.experiments.console import errors_in_one_sentence
from segue.experiments.simulations.played_catalogues import AGENTS, play_catalogue
from segue.features.arrays import FloatArray
from segue.features.source_tree import source_folder

FILE = Path(__file__).parents[1] / "results" / "statistics" / "redrawn_catalogues.csv"
ENVIRONMENTS = ("Playlist", "DJSet")
TEST_SHARE = 0.3
RUNS = (3, 5, 10)
SESSIONS = 100


def coverage_table(environment: str, played: FloatArray) -> pd.DataFrame:
    """Computes the coverage of the intervals.

    Args:
        environment: Name of the environment.
        played: Returns, (replicates, agents, splits, sessions); see `play_catalogue`.

    Returns:
        One row per quantity and number of runs: environment, quantity, truth, runs, catalogues, coverage,
        width (mean). With 1 run the interval is that of the bootstrap over its sessions, as of reports that
        evaluated on a single split.
    """
    rows = []
    for name, quantity in _quantities().items():
        found = [quantity(replicate) for replicate in played]
        truth = float(np.mean([runs.means for runs in found]))
        interval = iqm_interval if name.startswith("score") else mean_over_runs
        one = [mean_interval(runs.values[0], resamples=500) for runs in found]
        rows.append((environment, name, truth, 1, *_covered(one, truth)))
        for count in RUNS:
            several = [interval([runs.of(runs.seeds[:count])]) for runs in found]
            rows.append((environment, name, truth, count, *_covered(several, truth)))
    return pd.DataFrame(
        rows, columns=["environment", "quantity", "truth", "runs", "catalogues", "coverage", "width"]
    )


def _quantities() -> dict[str, Callable[[FloatArray], Runs]]:
    """Returns functions from the returns of a replicate to what a report states of it."""

    def runs(replicate: FloatArray, agent: str) -> Runs:
        returns = replicate[AGENTS.index(agent)]
        return Runs(np.arange(len(returns)), returns, TEST_SHARE)

    def apart(agent: str, other: str) -> Callable[[FloatArray], Runs]:
        return lambda replicate: runs(replicate, agent).minus(runs(replicate, other))

    return {
        "return of smooth": lambda replicate: runs(replicate, "smooth"),
        "smooth - random": apart("smooth", "random"),
        "greedy-oracle - smooth": apart("greedy-oracle", "smooth"),
        "score of smooth": lambda replicate: runs(replicate, "smooth").scores(
            runs(replicate, "random"), runs(replicate, "greedy-oracle")
        ),
    }


def _covered(intervals: list[Interval], truth: float) -> tuple[int, float, float]:
    """Returns the number of intervals, the share of them that covers a value, and their mean width."""
    inside = np.mean([each.low <= truth <= each.high for each in intervals])
    return len(intervals), float(inside), float(np.mean([each.high - each.low for each in intervals]))


def main(replicates: int = 80, played: Path | None = None) -> None:
    """Simulates both environments and writes the table.

    Args:
        replicates: Number of catalogues.
        played: Folder of what was played.
    """
    source_folder(__file__)
    tables = []
    for environment in ENVIRONMENTS:
        kept = None if played is None else played / f"{environment}.npy"
        if kept is not None and kept.is_file():
            returns = np.load(kept)
        else:
            every = range(replicates)
            returns = np.array(
                [play_catalogue(f"segue/{environment}-v0", seed, max(RUNS), SESSIONS) for seed in every]
            )
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            np.save(kept, returns)
        tables.append(coverage_table(environment, returns))
        print(tables[-1].round(3).to_string(index=False), flush=True)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    pd.concat(tables).to_csv(FILE, index=False, float_format="%.4g", lineterminator="\n")


if __name__ == "__main__":
    with errors_in_one_sentence("redrawn_catalogues"):
        tyro.cli(main)
