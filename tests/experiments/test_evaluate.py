"""Evaluation: the same sessions for everyone, and metrics that can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segue.agents import make_agent
from segue.experiments.runs.evaluate import evaluate
from segue.experiments.runs.metrics import playlist_diversity, session_metrics
from segue.features import open_catalog

ID = "segue/Playlist-v0"
SETTINGS = {"catalog": "synthetic:80", "pool_size": 8, "length": 5}


def test_sessions_do_not_depend_on_their_company():
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


def test_only_the_first_session_of_each_seed_counts():
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
        rows.append((info["track_id"], info["listened"], info["skipped"], reward))
        ended = terminated or truncated
    columns = plays[["track_id", "listened", "skipped", "reward"]]
    assert rows == list(columns.itertuples(index=False, name=None))


def test_an_agent_can_be_given_itself_or_its_maker():
    by_name, _ = evaluate("random", ID, SETTINGS, range(20))
    by_maker, _ = evaluate(lambda env: make_agent("random", env, seed=0), ID, SETTINGS, range(20))
    pd.testing.assert_frame_equal(by_name, by_maker, check_exact=True)


def test_progress_is_told_until_all_sessions_are_over():
    told = []
    evaluate("random", ID, SETTINGS, range(25), on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 25


def test_metrics_by_hand():
    catalog = open_catalog("synthetic:80")
    index, previous = np.array([3, 9, 4]), np.array([1, 3, 9])
    plays = pd.DataFrame(
        {
            "episode": 5,
            "position": [0, 1, 2],
            "index": index,
            "previous": previous,
            "listened": [1.0, 0.25, 1.0],
            "skipped": [False, True, False],
            "left": [False, False, True],
            "reward": [1.0, 0.25, 1.0],
            "utility_taste": [0.5, -1.0, 2.0],
        }
    )
    (row,) = session_metrics(plays, catalog).to_dict("records")
    assert (row["episode"], row["length"], row["completed"], row["left"]) == (5, 3, 2, True)
    assert row["return"] == 2.25
    assert row["skip_rate"] == pytest.approx(1 / 3)
    assert row["utility_taste"] == pytest.approx(0.5)
    t = catalog.transition_names.index("loudness_step")
    steps = catalog.transitions(previous, index)[:, t]
    assert row["transition_distance_loudness_step"] == pytest.approx(np.abs(steps - 0.5).mean() / 0.5)


def test_diversity_by_hand():
    features = np.array([[0.0, 0.0], [1.0, 0.5], [0.5, 0.5]], dtype=np.float32)
    # Pairs: (1 + .5)/2, (.5 + .5)/2, (.5 + 0)/2.
    assert playlist_diversity(features) == pytest.approx((0.75 + 0.5 + 0.25) / 3)
    assert playlist_diversity(features[:1]) == 0.0


@given(arrays(np.float32, st.tuples(st.integers(2, 9), st.just(3)), elements=st.floats(0, 1, width=32)))
def test_diversity_is_the_mean_over_all_pairs(features):
    n = len(features)
    pairs = [np.abs(features[i].astype(float) - features[j]).mean() for i in range(n) for j in range(i)]
    assert playlist_diversity(features) == pytest.approx(np.mean(pairs), abs=1e-6)
