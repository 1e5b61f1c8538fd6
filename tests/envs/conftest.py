import gymnasium as gym
import pytest

import segue.envs


@pytest.fixture(params=sorted(segue.envs.environments()))
def env_id(request):
    """Returns the id of every registered environment in turn."""
    return request.param


@pytest.fixture
def small():
    """Returns a function that makes small environments: a synthetic catalogue, few candidates."""

    def make(env_id="segue/Playlist-v0", **settings):
        settings = {"catalog": "synthetic:400", "pool_size": 12, "length": 8, **settings}
        return gym.make(env_id, **settings)

    return make


@pytest.fixture
def small_vector():
    """Returns a function that makes small vector environments."""

    def make(num_envs, env_id="segue/Playlist-v0", **settings):
        settings = {"catalog": "synthetic:400", "pool_size": 12, "length": 8, **settings}
        return gym.make_vec(env_id, num_envs=num_envs, **settings)

    return make
