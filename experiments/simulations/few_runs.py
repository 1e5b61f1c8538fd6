"""Measures how often intervals over few runs cover the truth.

usage: python experiments/simulations/few_runs.py [--studies 2000]

Writes `experiments/results/statistics/few_runs.csv`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import tyro

from segue.experiments.analysis.statistics.interval import Interval
from segue.experiments.analysis.statistics.intervals import FEW, iqm_interval, mean_over_runs, share_interval
from segue.experiments.analysis.statistics.runs import Runs
from segue.experiments.console import errors_in_one_sentence
from segue.features.arrays import FloatArray
from segue.features.source_tree import source_folder

FILE = Path(__file__).parents[1] / "results" / "statistics" / "few_runs.csv"
COUNTS = (3, 5, 10)
SCORE, SEED_NOISE, SESSION_NOISE, SESSIONS = 0.6, 0.1, 0.35, 50
"""Mean score of a training that succeeds, and standard deviations between trainings and sessions."""


@dataclass(frozen=True)
class Condition:
    """What the runs are like.

    Attributes:
        name: What it is called in the table.
        collapse: Probability that a training fails, after which its agent scores about 0.
        share: Share of the catalogue in the test part of the split of each run; 1 if all runs share one
        split.
    """

    name: str
    collapse: float = 0.0
    share: float = 0.3


CONDITIONS = (
    Condition("a split per run"),
    Condition("a split per run, one training in ten collapses", collapse=0.1),
    Condition("a split per run, one training in five collapses", collapse=0.2),
    Condition("one split", share=1.0),
    Condition("one split, one training in ten collapses", collapse=0.1, share=1.0),
    Condition("one split, one training in five collapses", collapse=0.2, share=1.0),
)


def draw_runs(condition: Condition, count: int, rng: np.random.Generator) -> Runs:
    """Draws the scores of the sessions of an agent's runs."""
    mean = _scores_of_trainings(condition, count, rng)
    sessions = SESSION_NOISE * rng.standard_normal((count, SESSIONS))
    return Runs(np.arange(count), mean[:, None] + sessions, condition.share)


def _scores_of_trainings(condition: Condition, count: int, rng: np.random.Generator) -> FloatArray:
    good = SCORE + SEED_NOISE * rng.standard_normal(count)
    failed = SEED_NOISE / 2 * rng.standard_normal(count)
    return np.where(rng.random(count) < condition.collapse, failed, good)


def percentile_interval(runs: Runs, draws: int, rng: np.random.Generator) -> Interval:
    """Computes the percentile bootstrap interval over runs and sessions, which reports had before."""
    count, sessions = runs.values.shape
    rows = rng.multinomial(count, np.full(count, 1 / count), size=draws) / count
    columns = rng.multinomial(sessions, np.full(sessions, 1 / sessions), size=draws) / sessions
    low, high = np.quantile(((rows @ runs.values) * columns).sum(axis=1), [0.025, 0.975])
    return Interval(float(runs.values.mean()), float(low), float(high))


def coverage(condition: Condition, count: int, studies: int) -> list[tuple[object, ...]]:
    """Simulates studies of one condition and number of runs.

    Returns:
        One row per quantity: condition, runs, quantity, truth, coverage now, coverage of the percentile
        bootstrap (of the mean; NaN for the others), width.
    """
    rng = np.random.default_rng(0)
    many = _scores_of_trainings(condition, 400_000, rng)
    middle = np.sort(many)[len(many) // 4 : 3 * len(many) // 4].mean()
    truths = {
        # With fewer than four runs the interquartile mean is the mean.
        "score": float(middle if count >= FEW else many.mean()),
        "difference": float(many.mean() - SCORE / 2),
        "P(improvement)": float((many > rng.permutation(many)).mean()),
    }
    found: dict[str, list[Interval]] = {name: [] for name in truths}
    before = []
    for _ in range(studies):
        runs, other = (draw_runs(condition, count, rng) for _ in range(2))
        fixed = Runs(runs.seeds, np.full(runs.values.shape, SCORE / 2), condition.share)
        found["score"].append(iqm_interval([runs]))
        found["difference"].append(mean_over_runs([runs.minus(fixed)]))
        found["P(improvement)"].append(share_interval((runs.means > other.means).astype(float)))
        before.append(percentile_interval(runs, 200, rng))
    rows: list[tuple[object, ...]] = []
    for name, truth in truths.items():
        inside = np.mean([each.low <= truth <= each.high for each in found[name]])
        width = np.mean([each.high - each.low for each in found[name]])
        bootstrap = np.mean([each.low <= many.mean() <= each.high for each in before])
        rows.append(
            (
                *(condition.name, count, name, truth, inside),
                bootstrap if name == "difference" else np.nan,
                width,
            )
        )
    return rows


def main(studies: int = 2000) -> None:
    """Simulates all conditions and writes the table.

    Args:
        studies: Simulated studies per condition and number of runs.
    """
    source_folder(__file__)
    rows = [
        row for condition in CONDITIONS for count in COUNTS for row in coverage(condition, count, studies)
    ]
    names = ["condition", "runs", "quantity", "truth", "coverage", "percentile_bootstrap", "width"]
    table = pd.DataFrame(rows, columns=names)
    print(table.round(3).to_string(index=False))
    FILE.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(FILE, index=False, float_format="%.4g", lineterminator="\n")


if __name__ == "__main__":
    with errors_in_one_sentence("few_runs"):
        tyro.cli(main)
