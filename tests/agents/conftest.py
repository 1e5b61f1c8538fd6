import gymnasium as gym
import numpy as np
import pytest

import segue.envs  # noqa: F401 - registers the environments

SMALL = {"catalog": "synthetic:400", "pool_size": 10, "length": 6}


@pytest.fixture
def scalar_env():
    """Makes small scalar environments."""

    def make(**settings):
        return gym.make("segue/Playlist-v0", **{**SMALL, **settings})

    return make


@pytest.fixture
def vector_env():
    """Makes small vector environments."""

    def make(num_envs=4, **settings):
        return gym.make_vec("segue/Playlist-v0", num_envs, **{**SMALL, **settings})

    return make


@pytest.fixture
def returns():
    """Plays one session a seed and gives their returns."""

    def play(agent, env, seeds):
        total, alive = np.zeros(len(seeds)), np.ones(len(seeds), bool)
        observation, _ = env.reset(seed=list(seeds))
        state, starts = None, alive.copy()
        while alive.any():
            slots, state = agent.predict(observation, state, starts, action_masks=env.action_masks())
            observation, reward, terminated, truncated, _ = env.step(slots)
            total += reward * alive
            starts = terminated | truncated
            alive &= ~starts
        return total

    return play
