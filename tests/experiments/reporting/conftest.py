"""Made-up results: what a report says of them can be worked out by hand."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from segue.experiments.analysis.agent_roles import contenders, rivals
from segue.experiments.analysis.comparison import difference_table, score_table
from segue.experiments.analysis.statistics.runs import runs_by_environment
from segue.experiments.analysis.statistics.verdict_family import family_table
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results

EPISODES, RUNS = 40, 10
LEADS = {
    "one": {"random": 0, "baseline": 1, "ppo": 3, "seer": 6},
    "two": {"random": 0, "baseline": 2, "ppo": 1, "seer": 5},
}
TERMS = ("utility_bias", "utility_taste", "utility_energy_arc")


@pytest.fixture
def listeners() -> np.ndarray:
    """Return that each listener gives to every agent."""
    return np.random.default_rng(3).normal(0.0, 1.0, EPISODES)


@pytest.fixture
def make_study():
    """Makes a study of some agents in some environments."""

    def make(
        agents=("random", "baseline", "ppo", "seer"), environments=("one", "two"), upper="seer", tables=()
    ) -> StudyConfig:
        content = {
            "name": "made up",
            "environments": [{"id": "segue/Playlist-v0", "label": label} for label in environments],
            "agents": [{"name": agent} for agent in agents],
            "evaluation": {"episodes": EPISODES, "lower": "random", "upper": upper},
            "tables": list(tables),
        }
        return StudyConfig.model_validate(content)

    return make


@pytest.fixture
def make_results(listeners):
    """Makes results in which every agent earns what a listener gives, and its lead in the environment."""

    def make(leads=LEADS, references=(), title="A <b>song</b>", runs=RUNS) -> Results:
        rows = [
            {
                "environment": env,
                "agent": agent,
                "seed": run,
                "episode": 2**32 + 2**20 * run + place,
                "return": gift + lead,
                "length": 2,
            }
            for env, agents in leads.items()
            for agent, lead in agents.items()
            for run in range(runs)
            for place, gift in enumerate(listeners)
        ]
        episodes = pd.DataFrame(rows).assign(completed=1, skip_rate=0.5, left=False, diversity=0.2)
        episodes = episodes.assign(**dict.fromkeys(TERMS, episodes["return"]))
        table = episodes.drop_duplicates(["environment", "agent", "seed"])[["environment", "agent", "seed"]]
        table = table.assign(
            learned=table["agent"] == "ppo",
            sees_listener=table["agent"] == "seer",
            knows_population=table["agent"].isin(references),
            revision="abc",
            dirty=False,
        )
        results = Results(
            scores=score_table(episodes, "random", "seer"),
            differences=difference_table(episodes),
            episodes=episodes,
            plays=two_plays(episodes),
            curves=pd.DataFrame(),
            tracks=pd.concat([two_tracks(title).assign(environment=env) for env in leads]),
            runs=table,
        )
        return with_comparisons(results, "seer")

    return make


def with_comparisons(results: Results, upper: str) -> Results:
    """Adds what the verdict looks at."""
    matrices = runs_by_environment(results.episodes)
    table = family_table(matrices, contenders(results), rivals(results), ("random", upper), 200)
    return dataclasses.replace(results, comparisons=table)


def two_plays(episodes: pd.DataFrame) -> pd.DataFrame:
    """Track 0, then track 1, in every session; the later play comes first in the table."""
    plays = episodes[["environment", "agent", "seed", "episode", "return"]].rename(
        columns={"return": "reward"}
    )
    plays = pd.concat([plays.assign(position=k, index=k, skipped=k == 1, left=False) for k in (1, 0)])
    # Every session starts from track 1.
    plays = plays.assign(
        track_id=[f"t{k}" for k in plays["index"]], listened=0.5, previous=1 - plays["index"]
    )
    return plays.assign(**dict.fromkeys(TERMS, 0.25))


def two_tracks(title: str) -> pd.DataFrame:
    """A track about which most is known, and one about which little is."""
    tracks = pd.DataFrame(
        {"index": [0, 1], "track_id": ["t0", "t1"], "title": [title, None], "artist": [None, "x"]}
    )
    return tracks.assign(tempo=[120.4, np.nan], energy=[0.5, np.nan], key=[0, np.nan], mode=[1, np.nan])


@pytest.fixture
def results_of_returns():
    """Makes results in one environment from the returns of each agent, one list per run, or one for all."""

    def make(returns: dict[str, list[list[float]]], learned=()) -> Results:
        runs = max(len(by_seed) for by_seed in returns.values())
        rows = [
            {
                "environment": "e",
                "agent": agent,
                "seed": seed,
                "episode": 1000 * seed + place,
                "return": value,
            }
            for agent, by_seed in returns.items()
            for seed, values in enumerate(by_seed * runs if len(by_seed) == 1 else by_seed)
            for place, value in enumerate(values)
        ]
        episodes = pd.DataFrame(rows)
        episodes = episodes.assign(utility_bias=9.0, utility_taste=episodes["return"] / 10)
        means = episodes.groupby(["environment", "agent", "seed"], sort=False)["return"].mean()
        table = means.rename("return_mean").reset_index()
        table["learned"] = table["agent"].isin(learned)
        table["sees_listener"] = table["agent"] == "oracle"
        table = table.assign(knows_population=False, revision="abc", dirty=False)
        nothing = pd.DataFrame()
        scores, differences = score_table(episodes, "random", "oracle"), difference_table(episodes)
        results = Results(scores, differences, episodes, nothing, nothing, nothing, table)
        return with_comparisons(results, "oracle")

    return make
