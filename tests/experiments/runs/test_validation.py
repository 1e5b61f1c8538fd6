"""Validation sessions: the same at every step, for every agent, and apart from all others."""

import numpy as np
import pandas as pd
import pytest

from segue.agents import make_agent
from segue.experiments.runs.evaluate import evaluate
from segue.experiments.runs.folder import read_tables
from segue.experiments.runs.observers.policy_time import PolicyTime, warm_up
from segue.experiments.runs.validation import FIRST_VALIDATION_SEED, Validation
from segue.experiments.study.results import Results

ENV, SETTINGS = "segue/Playlist-v0", {"catalog": "synthetic:150", "pool_size": 10, "length": 6}


def test_all_agents_play_the_same_sessions_whenever_they_are_asked(finished):
    table = Results.load(finished / "results").validation
    sessions = table.groupby(["agent", "seed", "steps"])["episode"].agg(list)
    expected = list(range(FIRST_VALIDATION_SEED, FIRST_VALIDATION_SEED + 8))
    assert all(each == expected for each in sessions)
    learned = table[table["agent"] == "maskable-ppo"]
    assert sorted(learned["steps"].unique()) == [0, 128, 256, 384, 512]
    assert set(table.loc[table["agent"] != "maskable-ppo", "steps"]) == {0}


def test_the_returns_are_those_of_an_evaluation_without_exploration(finished):
    run = next((finished / "runs").glob("*--smooth--*"))
    stored = read_tables(run)["validation"].set_index("episode")["return"]
    episodes, _ = evaluate("smooth", ENV, SETTINGS, stored.index.to_numpy())
    np.testing.assert_allclose(stored, episodes.set_index("episode")["return"])


def test_a_validation_repeats_its_sessions():
    validation = Validation(ENV, SETTINGS, 5)
    agent = make_agent("smooth", validation.env)
    for steps in (0, 10):
        validation.play(agent, steps)
    first, second = (part["return"].tolist() for _, part in validation.table().groupby("steps"))
    assert first == second
    assert validation.seconds > 0


def test_validation_sessions_are_none_of_the_evaluation(finished):
    results = Results.load(finished / "results")
    assert not set(results.validation["episode"]) & set(results.episodes["episode"])
    pd.testing.assert_series_equal(
        results.runs.groupby("agent")["steps"].max(),
        pd.Series({"greedy-oracle": 0, "maskable-ppo": 512, "random": 0, "smooth": 0}, name="steps"),
        check_names=False,
    )


class Slow:
    """Takes a while for its first choice, as if it were compiled, and a little for each later one."""

    waited = 0.0
    first = True

    def predict(self, observation, state=None, episode_start=None, deterministic=True, action_masks=None):
        busy(0.5 if Slow.first else 0.01)
        Slow.first = False
        return action_masks.argmax(axis=1), state


def busy(seconds: float) -> None:
    import time

    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_only_the_choices_after_the_warm_up_are_timed():
    made = []

    def make(env):
        made.append(Slow())
        return made[-1]

    time = PolicyTime()
    warm_up(make, ENV, SETTINGS)
    episodes, _ = evaluate(make, ENV, SETTINGS, range(8), observers=[time])
    assert time.choices == episodes["length"].sum()
    # One choice for all sessions at each position.
    assert time.seconds == pytest.approx(0.01 * episodes["length"].max(), rel=0.3)
