"""The options of `reset`: a session starts at a given track, and unknown options are refused."""

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.features import transition_features
from segue.features.errors import UserError


def start_of(env, row):
    return {"start": str(env.unwrapped.sessions.catalog.ids[row])}


def arrays(env):
    state = env.unwrapped.sessions.state
    return {field.name: getattr(state, field.name).copy() for field in dataclasses.fields(state)}


@pytest.mark.parametrize("pool", ["uniform", "neighbours"])
@pytest.mark.parametrize("split", [None, "test"])
def test_the_session_starts_there(pool, split, small):
    env = small(pool=pool, split=split)
    catalog = env.unwrapped.sessions.catalog
    observation, info = env.reset(seed=3, options=start_of(env, 17))
    assert info["track"] == 17
    assert env.unwrapped.sessions.history[0, 0] == 17
    context = dict(zip(env.unwrapped.layout.context_names, observation["context"], strict=True))
    shown = [context[f"current.{name}"] for name in catalog.feature_names]
    np.testing.assert_array_equal(shown, catalog.matrix[17])
    candidates = env.unwrapped.sessions.pool[0]
    expected = transition_features(
        catalog.boundary_features[np.full(len(candidates), 17)], catalog.boundary_features[candidates]
    )
    np.testing.assert_allclose(observation["transitions"], expected, atol=1e-6)


def test_listener_and_other_candidates_are_those_of_the_seed(small):
    env = small()
    env.reset(seed=3)
    drawn = arrays(env)
    start = int(drawn["pool"][0, 5])
    _, info = env.reset(seed=3, options=start_of(env, start))
    given = arrays(env)
    assert info["track"] == start
    assert given["pool"][0, 5] == drawn["history"][0, 0]
    others = np.arange(12) != 5
    for name in ("pool", "features", "available", "groups"):
        values = (
            array[name][..., others] if name != "features" else array[name][:, others]
            for array in (given, drawn)
        )
        np.testing.assert_array_equal(*values)
    for name in ("hidden", "key"):
        np.testing.assert_array_equal(given[name], drawn[name])


def test_starting_where_the_session_starts_anyway_changes_nothing(small):
    env = small()
    _, info = env.reset(seed=8)
    drawn, first = arrays(env), [env.step(slot)[1] for slot in range(3)]
    env = small()
    env.reset(seed=8, options=start_of(env, info["track"]))
    for name, values in arrays(env).items():
        np.testing.assert_array_equal(values, drawn[name], err_msg=name)
    assert [env.step(slot)[1] for slot in range(3)] == first


def test_another_version_of_the_start_is_no_candidate(small):
    env = small()
    sessions = env.unwrapped.sessions
    env.reset(seed=1)
    drawn, candidate = int(sessions.history[0, 0]), int(sessions.pool[0, 2])
    codes = np.arange(len(sessions.catalog))
    other = next(track for track in codes if track != drawn and track not in sessions.pool[0])
    codes[other] = codes[candidate]
    sessions.state.replace_starts(np.array([0]), np.array([other]), codes)
    assert sessions.pool[0, 2] == drawn
    assert sessions.history[0, 0] == other


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), rows=st.lists(st.none() | st.integers(0, 399), min_size=3, max_size=3))
def test_vector_and_scalar_environments_agree(seed, rows, small, small_vector):
    one, many = small(), small_vector(3)
    ids = many.unwrapped.sessions.catalog.ids
    start = [None if row is None else str(ids[row]) for row in rows]
    observations, infos = many.reset(seed=seed, options={"start": start})
    rewards = many.step(np.array([4, 4, 4]))[1]
    for i, id_ in enumerate(start):
        observation, info = one.reset(seed=seed + i, options=None if id_ is None else {"start": id_})
        assert info["track"] == infos["track"][i]
        for key, values in observation.items():
            np.testing.assert_array_equal(values, observations[key][i])
        assert one.step(4)[1] == rewards[i]


def test_one_id_starts_all_sessions_and_a_mask_restarts_some(small_vector):
    env = small_vector(4)
    ids = env.unwrapped.sessions.catalog.ids
    _, infos = env.reset(seed=0, options={"start": str(ids[9])})
    assert infos["track"].tolist() == [9] * 4
    mask = np.array([False, True, False, True])
    _, infos = env.reset(options={"start": [str(ids[row]) for row in range(4)], "reset_mask": mask})
    assert env.unwrapped.sessions.history[:, 0].tolist() == [9, 1, 9, 3]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strat": "x"}, "did you mean 'start'"),
        ({"reset_mask": None}, "Unknown option of reset 'reset_mask'"),
        ({"start": "no such track"}, "Unknown track of catalogue"),
        ({"start": 3}, r"3 was given; catalog\.ids"),
        ({"start": ["a", "b"]}, "2 start tracks for 1 sessions"),
        ("start", "must be a dictionary"),
        ({"start": "x" * 10_000}, "Unknown track"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(options, message, small):
    env = small()
    env.reset(seed=0)
    before = arrays(env)
    with pytest.raises(UserError, match=message) as error:
        env.reset(seed=1, options=options)
    assert len(str(error.value)) < 400
    for name, values in arrays(env).items():
        np.testing.assert_array_equal(values, before[name])


def test_the_vector_environment_refuses_the_same(small_vector):
    env = small_vector(2)
    for options in ({"strat": "x"}, {"start": [1, 2]}, {"start": ["x"]}):
        with pytest.raises(UserError):
            env.reset(seed=0, options=options)


@pytest.mark.parametrize("seed", [3.5, "3", -1, True, np.array([1.0, 2.0]), {}], ids=repr)
def test_what_is_no_seed_is_refused_and_changes_nothing(seed, small, small_vector):
    for env in (small(), small_vector(2)):
        env.reset(seed=0)
        before = arrays(env)
        for wrong in (seed, [1, seed]):
            with pytest.raises(UserError, match="seed must be") as error:
                env.reset(seed=wrong)
            assert "\n" not in str(error.value)
        for name, values in arrays(env).items():
            np.testing.assert_array_equal(values, before[name])


def test_the_seeds_of_a_batch_are_one_per_session_and_unknown_before_a_reset(small_vector):
    env = small_vector(3)
    assert env.np_random_seed == (-1, -1, -1)
    for count in (1, 2, 4):
        with pytest.raises(UserError, match=f"{count} seeds for 3 sessions"):
            env.reset(seed=list(range(count)))
    assert env.np_random_seed == (-1, -1, -1)
    env.reset(seed=7)
    assert env.np_random_seed == (7, 8, 9)


def test_seeds_may_be_numbers_of_numpy(small, small_vector):
    env, many = small(), small_vector(2)
    tracks = [env.reset(seed=seed)[1]["track"] for seed in (4, np.int64(4))]
    assert tracks[0] == tracks[1]
    for seed in (np.int64(4), np.array([4, 5]), [4, 5]):
        assert many.reset(seed=seed)[1]["track"][0] == tracks[0]
