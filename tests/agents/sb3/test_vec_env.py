import gymnasium as gym
import numpy as np
import pytest
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3 import PPO

from segue.agents import PlaylistVecEnv
from segue.features.errors import UserError


def play(env, steps):
    """Plays the first available candidate of every session; yields the result of each step."""
    for _ in range(steps):
        free = np.stack(env.env_method("action_masks"))
        yield env.step(free.argmax(axis=1))


def test_it_returns_what_the_vector_environment_returns(vector_env):
    adapter, raw = PlaylistVecEnv(vector_env(5)), vector_env(5)
    adapter.seed(40)
    seen, (expected, _) = adapter.reset(), raw.reset(seed=40)
    finished = 0
    for _ in range(30):
        for key, value in expected.items():
            np.testing.assert_array_equal(seen[key], value)
        slots = raw.action_masks().argmax(axis=1)
        seen, reward, done, infos = adapter.step(slots)
        expected, raw_reward, terminated, truncated, raw_info = raw.step(slots)
        np.testing.assert_array_equal(reward, raw_reward.astype(np.float32))
        np.testing.assert_array_equal(done, terminated | truncated)
        for row in range(5):
            if done[row]:
                finished += 1
                last = raw_info["final_obs"][row]
                for key, value in infos[row]["terminal_observation"].items():
                    np.testing.assert_array_equal(value, last[key])
            else:
                assert infos[row] == {}
    assert finished > 5


def test_episode_statistics_are_the_sums_over_their_own_steps(vector_env):
    env, raw = PlaylistVecEnv(vector_env(3)), vector_env(3)
    env.seed(7)
    env.reset()
    raw.reset(seed=7)
    sums = [{} for _ in range(3)]
    closed = 0
    for _ in range(25):
        slots = raw.action_masks().argmax(axis=1)
        _, _, done, infos = env.step(slots)
        _, reward, _, _, info = raw.step(slots)
        for row in range(3):
            play = info["final_info"] if done[row] else info
            add(sums[row], r=reward[row], l=1, completed=not play["skipped"][row], skips=play["skipped"][row])
            add(sums[row], **{name: part[row] for name, part in play.items() if name.startswith("utility_")})
            if done[row]:
                episode = infos[row]["episode"]
                assert {"utility_taste", "utility_energy_arc"} <= episode.keys()
                for name, total in sums[row].items():
                    assert episode[name] == pytest.approx(total)
                sums[row] = {}
                closed += 1
    assert closed > 3


def add(sums, **parts):
    for name, part in parts.items():
        sums[name] = sums.get(name, 0.0) + part


def test_a_step_limit_is_reported_as_truncation_and_leaving_is_not(vector_env):
    endings = set()
    env = PlaylistVecEnv(vector_env(20, max_episode_steps=3))
    env.seed(0)
    env.reset()
    for _, _, done, infos in play(env, 12):
        for row in np.flatnonzero(done):
            limited = infos[row]["TimeLimit.truncated"]
            assert not limited or infos[row]["episode"]["l"] == 3
            endings.add(limited)
    assert endings == {True, False}


def test_sb3_contrib_finds_the_masks(vector_env):
    env = PlaylistVecEnv(vector_env(3))
    env.reset()
    assert is_masking_supported(env)
    slots = np.array([4, 0, 9])
    env.step(slots)
    masks = get_action_masks(env)
    assert masks.shape == (3, 10)
    assert masks.dtype == bool
    assert env.env_method("action_masks", indices=[1])[0].shape == (10,)


def test_a_policy_of_stable_baselines3_trains_on_it(vector_env):
    env = PlaylistVecEnv(vector_env(4))
    model = PPO("MultiInputPolicy", env, n_steps=8, batch_size=16, n_epochs=1, device="cpu", seed=0)
    model.learn(64)
    assert model.num_timesteps == 64
    assert model.ep_info_buffer[0]["l"] >= 1


def test_another_environment_is_refused():
    with pytest.raises(UserError, match="make_vec"):
        PlaylistVecEnv(gym.make_vec("CartPole-v1", 2))


def test_options_reach_the_sessions_once(vector_env):
    env = PlaylistVecEnv(vector_env(2))
    sessions = env.env.sessions
    env.set_options([{"start": str(sessions.catalog.ids[7])}, {}])
    env.seed_each([0, 1])
    env.reset()
    assert sessions.history[0, 0] == 7
    env.seed_each([0, 1])
    env.reset()
    assert sessions.history[0, 0] != 7
    env.set_options({"strat": "x"})
    with pytest.raises(UserError, match="did you mean 'start'"):
        env.reset()
