"""Evaluation: every agent plays the same sessions, and every play is recorded."""

import numpy as np
import pandas as pd
import pytest

from segue.agents import make_agent
from segue.experiments.runs.evaluate import evaluate
from segue.features.errors import UserError

ID = "segue/Playlist-v0"
SETTINGS = {"catalog": "synthetic:80", "pool_size": 8, "length": 5}


def test_sessions_do_not_depend_on_the_batch():
    whole, plays = evaluate("smooth", ID, SETTINGS, range(100, 120))
    parts = [evaluate("smooth", ID, SETTINGS, seeds)[0] for seeds in (range(110, 120), range(100, 110))]
    joined = pd.concat(parts).sort_values("episode", ignore_index=True)
    pd.testing.assert_frame_equal(joined, whole, check_exact=True)
    assert whole["episode"].tolist() == list(range(100, 120))
    assert (plays.groupby("episode")["position"].agg(list).map(len) == whole["length"].to_numpy()).all()


def test_all_agents_start_from_the_same_track():
    starts = []
    for agent in ("random", "smooth", "greedy-oracle"):
        _, plays = evaluate(agent, ID, SETTINGS, range(30))
        starts.append(plays.loc[plays["position"] == 0, "previous"].tolist())
    assert starts[0] == starts[1] == starts[2]
    assert len(set(starts[0])) > 5


def test_only_the_first_session_of_each_row_is_recorded():
    episodes, plays = evaluate("random", ID, SETTINGS, range(50))
    assert plays.groupby("episode")["position"].agg(lambda p: p.tolist() == list(range(len(p)))).all()
    assert episodes["length"].max() <= 5
    ended_early = episodes["length"] < 5
    assert episodes.loc[ended_early, "left"].all()


def test_the_vector_and_the_scalar_environment_agree():
    import gymnasium as gym

    _, plays = evaluate("content", ID, SETTINGS, [7])
    env = gym.make(ID, disable_env_checker=True, **SETTINGS)
    agent = make_agent("content", env)
    observation, _ = env.reset(seed=7)
    rows, ended, state = [], False, None
    while not ended:
        action, state = agent.predict(observation, state, not rows)
        observation, reward, terminated, truncated, info = env.step(int(action))
        rows.append(
            (env.unwrapped.sessions.catalog.ids[info["track"]], info["listened"], info["skipped"], reward)
        )
        ended = terminated or truncated
    columns = plays[["track_id", "listened", "skipped", "reward"]]
    assert rows == list(columns.itertuples(index=False, name=None))


def test_an_agent_can_be_named_or_made_by_a_function():
    by_name, _ = evaluate("random", ID, SETTINGS, range(20))
    by_maker, _ = evaluate(lambda env: make_agent("random", env, seed=0), ID, SETTINGS, range(20))
    pd.testing.assert_frame_equal(by_name, by_maker, check_exact=True)


def test_progress_is_reported_until_all_sessions_are_over():
    reported = []
    evaluate("random", ID, SETTINGS, range(25), on_progress=reported.append)
    assert reported == sorted(reported)
    assert reported[-1] == 25


TINY = {"catalog": "synthetic:60", "pool_size": 8, "length": 4}


def test_seeds_may_be_an_array_of_numpy():
    expected, _ = evaluate("random", "segue/Playlist-v0", TINY, range(5))
    for seeds in (
        np.arange(5),
        np.arange(5, dtype=np.uint8),
        [np.int64(i) for i in range(5)],
        tuple(range(5)),
        (i for i in range(5)),
        pd.Series(range(5), index=[9, 8, 7, 6, 5]),
    ):
        pd.testing.assert_frame_equal(evaluate("random", "segue/Playlist-v0", TINY, seeds)[0], expected)


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        ([3, 3, 4], "must differ.*3 is there twice"),
        ([], "there are 0"),
        (-1, "must be a list"),
        (5, "must be a list"),
        ("5", "must be a list"),
        ([-1], "one is -1"),
        ([1.5], r"one is 1\.5"),
        ([None], "one is None"),
        ([True], "one is True"),
        (np.array(3), "must be a list"),
        (iter([]), "there are 0"),
        (np.zeros((2, 2)), "whole numbers"),
        (range(2_000_000_000), "10000000 whole numbers"),
        (range(10**20), "10000000 whole numbers"),
        (b"ab", "must be a list"),
        ({1: 2}, "must be a list"),
    ],
)
def test_other_seeds_are_refused_in_one_sentence(seeds, message):
    with pytest.raises(UserError, match=message):
        evaluate("random", "segue/Playlist-v0", TINY, seeds)


@pytest.mark.parametrize(
    ("env_id", "settings", "message"),
    [
        ("segue/Playlst-v0", {}, "did you mean 'segue/Playlist-v0'"),
        ("CartPole-v1", {}, "CartPole-v1"),
        ("segue/Playlist-v0", {"pool_szie": 3}, "did you mean 'pool_size'"),
        ("segue/Playlist-v0", {"num_envs": 3}, "num_envs"),
        ("segue/Playlist-v0", {"copy": True}, "copy"),
        ("segue/Playlist-v0", None, "must be a mapping"),
        ("segue/Playlist-v0", {"pool_size": "many"}, "pool_size"),
    ],
)
def test_environments_that_cannot_be_made_are_refused_in_one_sentence(env_id, settings, message):
    with pytest.raises(UserError, match=message):
        evaluate("random", env_id, settings, range(2))


def test_what_is_no_agent_is_refused_in_one_sentence():
    def of_observation(observation):
        return observation["available"].argmax(axis=1)

    for agent, message in (
        ("none", "Unknown agent 'none'"),
        ("none.zip", r"no trained agent at 'none\.zip'"),
        (3, "3 has no predict method"),
        (lambda env: None, "None has no predict method"),
        (of_observation, "of_observation.* fails with the environment .*predict of a class"),
    ):
        with pytest.raises(UserError, match=message):
            evaluate(agent, ID, SETTINGS, range(2))


def test_a_policy_without_masks_repeats_tracks_as_documented():
    class Stubborn:
        def predict(self, observation):
            return np.zeros(len(observation["available"]), np.int64)

    _, plays = evaluate(Stubborn(), ID, SETTINGS, range(10))
    assert (plays.groupby("episode")["index"].nunique() == 1).all()
    assert plays.groupby("episode").size().max() > 1
