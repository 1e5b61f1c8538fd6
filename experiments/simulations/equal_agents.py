"""Measures how often a report claims a difference where there is none: all agents of its study are equal.

usage: python experiments/simulations/equal_agents.py [--studies 1000]

Writes `experiments/results/statistics/equal_agents.csv`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import tyro

from segue.experiments.analysis.statistics.runs import Runs
from segue.experiments.analysis.statistics.verdict_family import family_table
from segue.experiments.console import errors_in_one_sentence
from segue.features.arrays import FloatArray
from segue.features.source_tree import source_folder

FILE = Path(__file__).parents[1] / "results" / "statistics" / "equal_agents.csv"
TEST_SHARE = 0.3
SESSION_NOISE = 0.6
"""Standard deviation between sessions of the difference of two agents, in units of the score."""


@dataclass(frozen=True)
class Design:
    """A study of equal agents.

    Attributes:
        name: What it is called in the table.
        learned: Number of learned agents.
        baselines: Number of baselines.
        environments: Number of environments.
        runs: Number of runs.
        seed_noise: Standard deviation between trainings, in units of the score.
        track_noise: The same between splits, of each agent.
        sessions: Sessions per run.
    """

    name: str
    learned: int = 6
    baselines: int = 6
    environments: int = 1
    runs: int = 10
    seed_noise: float = 0.1
    track_noise: float = 0.03
    sessions: int = 100


DESIGNS = (
    Design("one environment, 10 runs"),
    Design("one environment, trainings without noise", seed_noise=0.0),
    Design("one environment, 5 runs", runs=5),
    Design("one environment, 3 runs", runs=3),
    Design("four environments, 10 runs", environments=4),
    Design("the demo: 2 learned agents, 3 baselines, 5 runs", learned=2, baselines=3, runs=5),
)


def draw_study(design: Design, rng: np.random.Generator) -> dict[str, dict[str, Runs]]:
    """Draws the returns of equal agents, by environment and agent; those of the anchors are 0 and 1."""
    shape, seeds = (design.runs, design.sessions), np.arange(design.runs)
    # Splits share tracks: part of what they do to an agent is common to all of them.
    shared, own = np.sqrt(TEST_SHARE) * design.track_noise, np.sqrt(1 - TEST_SHARE) * design.track_noise
    study: dict[str, dict[str, Runs]] = {}
    for environment in range(design.environments):
        agents = {"lower": np.zeros(shape), "upper": np.ones(shape)}
        for place in range(design.learned + design.baselines):
            run = shared * rng.standard_normal() + own * rng.standard_normal((design.runs, 1))
            if place < design.learned:
                run = run + design.seed_noise * rng.standard_normal((design.runs, 1))
            agents[f"agent {place}"] = run + SESSION_NOISE / np.sqrt(2) * rng.standard_normal(shape)
        study[f"environment {environment}"] = {
            name: Runs(seeds, values, TEST_SHARE) for name, values in agents.items()
        }
    return study


def claims_of_a_report(study: dict[str, dict[str, Runs]], design: Design, draws: int) -> bool:
    """Whether any comparison that the verdict looks at has an interval that excludes 0."""
    names = [f"agent {place}" for place in range(design.learned + design.baselines)]
    learned, baselines = names[: design.learned], names[design.learned :]
    table = family_table(study, learned, baselines, ("lower", "upper"), draws)
    return bool(((table["low"] > 0) | (table["high"] < 0)).any())


def claims_of_single_intervals(study: dict[str, dict[str, Runs]], design: Design, draws: int) -> bool:
    """Whether the agent with the best score in the test beats a baseline by a percentile bootstrap interval.

    This is what reports did before: the best agent is chosen by the test, runs and sessions are resampled as
    if there were only one comparison, and the tracks count as given.
    """
    names = [f"agent {place}" for place in range(design.learned + design.baselines)]
    learned, baselines = names[: design.learned], names[design.learned :]
    best = max(learned, key=lambda name: np.mean([here[name].means.mean() for here in study.values()]))
    rng = np.random.default_rng(0)
    for other in baselines:
        if all(
            _bootstrap_low(here[best].minus(here[other]).values, draws, rng) > 0 for here in study.values()
        ):
            return True
    return False


def _bootstrap_low(values: FloatArray, draws: int, rng: np.random.Generator) -> float:
    """Returns the lower end of a percentile bootstrap interval over runs and sessions."""
    runs, sessions = values.shape
    rows = rng.multinomial(runs, np.full(runs, 1 / runs), size=draws) / runs
    columns = rng.multinomial(sessions, np.full(sessions, 1 / sessions), size=draws) / sessions
    return float(np.quantile(((rows @ values) * columns).sum(axis=1), 0.025))


def false_claims(design: Design, studies: int, draws: int) -> dict[str, object]:
    """Returns the share of studies in which a difference is claimed, before and now."""
    rng = np.random.default_rng(0)
    found = np.array(
        [
            (claims_of_single_intervals(study, design, 400), claims_of_a_report(study, design, draws))
            for study in (draw_study(design, rng) for _ in range(studies))
        ]
    )
    before, now = found.mean(axis=0)
    error = np.sqrt(now * (1 - now) / studies)
    return {
        "design": design.name,
        "studies": studies,
        "single_intervals": before,
        "verdict": now,
        "standard_error": error,
    }


def main(studies: int = 1000, draws: int = 1000) -> None:
    """Simulates the designs and writes the table.

    Args:
        studies: Simulated studies per design.
        draws: Draws behind the common confidence of each.
    """
    source_folder(__file__)
    rows = []
    for design in DESIGNS:
        rows.append(false_claims(design, studies, draws))
        print(rows[-1], flush=True)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(FILE, index=False, float_format="%.4g", lineterminator="\n")


if __name__ == "__main__":
    with errors_in_one_sentence("equal_agents"):
        tyro.cli(main)
