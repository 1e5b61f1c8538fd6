"""A small study that is run once, and made-up results for what needs no run."""

from pathlib import Path

import pandas as pd
import pytest

from segue.experiments.analysis.comparison import difference_table, score_table
from segue.experiments.cli import main
from segue.experiments.study.results import Results

SMALL = """\
name: small
description: A study for tests.
environments:
  - id: segue/Playlist-v0
    label: short
    settings: {catalog: "synthetic:150", pool_size: 10, length: 6}
agents:
  - name: random
  - name: smooth
  - name: maskable-ppo
    settings: {num_envs: 8, n_steps: 16, batch_size: 64, n_epochs: 1}
  - name: greedy-oracle
training:
  seeds: 2
  steps: 512
evaluation:
  episodes: 30
resamples: 100
"""


@pytest.fixture
def small() -> str:
    """The text of the small study."""
    return SMALL


@pytest.fixture
def study_file(tmp_path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """Folder of a finished study; tests must not change it."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
    main(["compare", str(folder / "small.yaml"), "--out", str(folder / "out"), "--jobs", "1"])
    return folder / "out"


@pytest.fixture
def make_results():
    """Builds results from the returns of each agent, one list a training seed."""

    def make(returns: dict[str, list[list[float]]], learned=(), oracles=("oracle",)) -> Results:
        rows = [
            {"environment": "e", "agent": agent, "seed": seed, "episode": place, "return": value}
            for agent, by_seed in returns.items()
            for seed, values in enumerate(by_seed)
            for place, value in enumerate(values)
        ]
        episodes = pd.DataFrame(rows)
        episodes["utility_bias"] = 9.0
        episodes["utility_taste"] = episodes["return"] / 10
        runs = episodes.groupby(["environment", "agent", "seed"], sort=False)["return"].mean()
        table = runs.rename("return_mean").reset_index()
        table["learned"] = table["agent"].isin(learned)
        table["sees_listener"] = table["agent"].isin(oracles)
        table = table.assign(knows_population=False, revision="abc", dirty=False, steps=0, train_seconds=1.0)
        nothing = pd.DataFrame()
        scores = score_table(episodes, "random", "oracle", 200)
        differences = difference_table(episodes, 200)
        return Results(scores, differences, episodes, nothing, nothing, nothing, table)

    return make
