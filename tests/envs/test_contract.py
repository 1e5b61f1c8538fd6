"""The contract that every registered environment must satisfy."""

import copy
import json
import pickle
import subprocess
import sys
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stable_baselines3.common.env_checker import check_env as sb3_check_env

SIZES = {"catalog": "synthetic:400", "pool_size": 12, "length": 8}


def action_of(space, number):
    """Returns the number-th action of a space: a slot, or a point."""
    if isinstance(space, gym.spaces.Discrete):
        return int(number)
    return np.cos(1.7 * number + np.arange(space.shape[0])).astype(np.float32)


def roll(env, seed, actions):
    observation, info = env.reset(seed=seed)
    trace = [(observation, None, info)]
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(action_of(env.action_space, action))
        trace.append((observation, reward, info))
        if terminated or truncated:
            break
    return trace


def same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return np.array_equal(a, b)


def test_gymnasium_checker_passes_without_warning(env_id):
    check_env(gym.make(env_id, **SIZES, render_mode="rgb_array").unwrapped)


def test_sb3_checker_passes_without_warning(env_id):
    with warnings.catch_warnings():
        # SB3 recommends flat vectors for every table; a table of candidates is the point of the observation.
        warnings.filterwarnings("ignore", message="Your observation (candidates|transitions) has an unconv")
        sb3_check_env(gym.make(env_id, **SIZES).unwrapped, warn=True)


def test_two_environments_with_the_same_seed_agree_exactly(env_id):
    actions = np.random.default_rng(0).integers(12, size=8)
    traces = [roll(gym.make(env_id, **SIZES), 5, actions) for _ in range(2)]
    assert len(traces[0]) == len(traces[1])
    for left, right in zip(*traces, strict=True):
        assert all(same(a, b) for a, b in zip(left, right, strict=True))


def equal(ours, theirs):
    """Compares observations and infos, with their types; an object array holds one value per session."""
    if isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(equal(ours[key], theirs[key]) for key in theirs)
    if theirs is None or ours is None:
        return ours is theirs
    if theirs.dtype == object:
        return all(equal(left, right) for left, right in zip(ours, theirs, strict=True))
    return ours.dtype == theirs.dtype and np.array_equal(ours, theirs)


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("options", [{}, {"observation": "flat", "mask_in_info": True}])
def test_it_is_gymnasiums_vector_of_scalar_environments_to_the_bit(env_id, mode, options):
    batch = 5
    ours = gym.make_vec(env_id, num_envs=batch, **SIZES, **options, autoreset_mode=mode, max_episode_steps=6)
    theirs = SyncVectorEnv(
        [lambda: gym.make(env_id, **SIZES, **options, max_episode_steps=6)] * batch, autoreset_mode=mode
    )
    assert ours.metadata["autoreset_mode"] == mode
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    assert all(equal(*pair) for pair in zip(ours.reset(seed=11), theirs.reset(seed=11), strict=True))
    assert ours.np_random_seed == theirs.np_random_seed
    rng, ends = np.random.default_rng(1), 0
    for _ in range(30):
        actions = [action_of(ours.single_action_space, number) for number in rng.integers(12, size=batch)]
        left, right = ours.step(np.array(actions)), theirs.step(np.array(actions))
        assert all(equal(*pair) for pair in zip(left, right, strict=True))
        over = left[2] | left[3]
        ends += over.sum()
        if mode == AutoresetMode.DISABLED and over.any():
            left, right = (env.reset(options={"reset_mask": over}) for env in (ours, theirs))
            assert all(equal(*pair) for pair in zip(left, right, strict=True))
    assert ends > 10


@pytest.mark.parametrize("change", [{"copy": False}, {"num_threads": 3}, {"num_threads": 2, "copy": False}])
def test_shared_buffers_and_threads_change_no_bit(env_id, change):
    batch = 67
    plain = gym.make_vec(env_id, num_envs=batch, **SIZES)
    other = gym.make_vec(env_id, num_envs=batch, **SIZES, **change)
    assert all(equal(*pair) for pair in zip(plain.reset(seed=4), other.reset(seed=4), strict=True))
    rng = np.random.default_rng(1)
    for _ in range(12):
        actions = np.array(
            [action_of(plain.single_action_space, number) for number in rng.integers(12, size=batch)]
        )
        assert all(equal(*pair) for pair in zip(plain.step(actions), other.step(actions), strict=True))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**31), actions=st.lists(st.integers(0, 11), min_size=8, max_size=8))
def test_outputs_stay_in_their_spaces_and_repeats_never_pay_for_any_actions(env_id, seed, actions):
    env = gym.make(env_id, **SIZES).unwrapped
    env.reset(seed=seed)
    for action in actions:
        # A point always plays an available candidate.
        free = env.action_masks()[action] or env.action_mode == "continuous"
        observation, reward, terminated, _, info = env.step(action_of(env.action_space, action))
        assert observation in env.observation_space
        assert np.isfinite(reward)
        assert 0.0 <= info["listened"] <= 1.0
        if not free:
            assert reward <= 0.0
            assert info["skipped"]
        if terminated:
            break


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_copies_continue_exactly_as_the_original(env_id, duplicate):
    env = gym.make(env_id, **SIZES).unwrapped
    env.reset(seed=5)
    env.step(action_of(env.action_space, 1))
    twin = duplicate(env)
    for number in (2, 3):
        action = action_of(env.action_space, number)
        assert all(same(a, b) for a, b in zip(env.step(action), twin.step(action), strict=True))
    # Sessions that they begin later are the same too, including their noise.
    for _ in range(3):
        for left, right in zip(roll(env, None, range(8)), roll(twin, None, range(8)), strict=True):
            assert all(same(a, b) for a, b in zip(left, right, strict=True))


def test_restoring_a_snapshot_reproduces_the_session_and_the_next_reset(env_id):
    env = gym.make(env_id, **SIZES).unwrapped
    env.reset(seed=6)
    env.step(action_of(env.action_space, 1))
    saved = env.sessions.snapshot()
    continuations = []
    for _ in range(2):
        env.sessions.restore(saved)
        continuations.append(
            [env.step(action_of(env.action_space, number)) for number in (2, 3)] + [env.reset()]
        )
    assert all(
        same(a, b) for one, other in zip(*continuations, strict=True) for a, b in zip(one, other, strict=True)
    )


def test_two_environments_share_no_state(env_id):
    first, second, alone = (gym.make(env_id, **SIZES).unwrapped for _ in range(3))
    mixed = [second.reset(seed=1)[0]]
    for number in range(3):
        first.reset(seed=7)
        first.step(action_of(first.action_space, 5))
        mixed.append(second.step(action_of(second.action_space, number)))
    undisturbed = roll(alone, 1, range(3))
    assert same(mixed[0], undisturbed[0][0])
    for step, (observation, reward, info) in zip(mixed[1:], undisturbed[1:], strict=True):
        assert same(step[0], observation)
        assert step[1] == reward
        assert same(step[4], info)


def test_sessions_terminate_when_left_or_full_and_are_truncated_only_by_the_step_limit(env_id):
    vector = gym.make_vec(env_id, num_envs=40, **SIZES, max_episode_steps=5)
    vector.reset(seed=3)
    scalar = gym.make(env_id, **SIZES, max_episode_steps=5)
    scalar.reset(seed=3)
    seen = set()
    for number in range(12):
        action = action_of(vector.single_action_space, number % 5)
        _, _, terminated, truncated, _ = vector.step(np.array([action] * 40))
        result = vector.unwrapped.result
        assert np.array_equal(terminated, result.left)
        assert np.array_equal(truncated, result.position == 4)
        ends = scalar.step(action)[2:4]
        assert ends == (terminated[0], truncated[0])
        if any(ends):
            scalar.reset()
        seen |= {*zip(terminated.tolist(), truncated.tolist(), strict=True)}
    assert (False, True) in seen
    full = gym.make(env_id, **SIZES)
    for seed in range(20):
        full.reset(seed=seed)
        for number in range(8):
            *_, terminated, truncated, info = full.step(action_of(full.action_space, number))
            assert not truncated
            assert terminated == (info["left"] or number == 7)
            if terminated:
                break


def test_training_and_test_sessions_share_no_track_and_their_listeners_are_unrelated(env_id):
    tracks, listeners = [], []
    for split in ("train", "test"):
        vector = gym.make_vec(env_id, num_envs=200, **SIZES, split=split)
        vector.reset(seed=0)
        state = vector.unwrapped.sessions.state
        tracks.append({*state.pool.ravel().tolist(), *state.history[:, 0].tolist()})
        listeners.append(state.hidden)
    assert not tracks[0] & tracks[1]
    drawn = listeners[0].std(axis=0) > 1e-9
    train, test = ((part[:, drawn] - part[:, drawn].mean(0)) / part[:, drawn].std(0) for part in listeners)
    # Under the same seed they are as far apart as any two listeners, and do not vary together.
    same_seed = np.linalg.norm(train - test, axis=1)
    other_seed = np.linalg.norm(train - np.roll(test, 1, axis=0), axis=1)
    assert same_seed.min() > 0.2 * other_seed.mean()
    assert same_seed.mean() == pytest.approx(other_seed.mean(), rel=0.1)
    # The standard error of the mean over columns of correlations of 200 pairs is 0.07 / √columns.
    assert abs((train * test).mean(axis=0).mean()) < 5 * 0.07 / np.sqrt(drawn.sum())


def test_the_global_generator_is_not_touched(env_id):
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - it is what must not be touched
    roll(gym.make(env_id, **SIZES), 3, range(8))
    after = np.random.get_state()[1]  # noqa: NPY002
    assert np.array_equal(before, after)


def test_the_spec_round_trips_through_json(env_id):
    env = gym.make(env_id, **SIZES)
    again = gym.make(EnvSpec.from_json(env.spec.to_json()))
    assert json.loads(again.spec.to_json()) == json.loads(env.spec.to_json())
    assert same(env.reset(seed=2)[0], again.reset(seed=2)[0])


def test_a_fresh_process_can_make_it(env_id):
    make = f"gym.make('segue.envs:{env_id}', catalog='synthetic:400')"
    code = f"import gymnasium as gym; print({make}.reset(seed=1)[1])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "utility_bias" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("mode", ["ansi", "rgb_array"])
def test_it_draws(env_id, mode):
    env = gym.make(env_id, **SIZES, render_mode=mode)
    env.reset(seed=4)
    before = env.render()
    env.step(action_of(env.action_space, 0))
    picture = env.render()
    if mode == "ansi":
        assert (before.count("\n"), picture.count("\n")) == (1, 2)
    else:
        assert picture.dtype == before.dtype == np.uint8
        assert picture.shape == before.shape == (400, 640, 3)
        assert len(np.unique(picture)) > 10
        assert not np.array_equal(before, picture)


def test_without_a_mode_nothing_is_drawn(env_id):
    env = gym.make(env_id, **SIZES).unwrapped
    env.reset(seed=4)
    with pytest.warns(UserWarning, match="render_mode='ansi' or 'rgb_array'"):
        assert env.render() is None
