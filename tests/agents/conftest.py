"""Small environments, and agents trained for a moment."""

import gymnasium as gym
import numpy as np
import pytest

import segue.envs  # noqa: F401 - registers the environments
from segue.agents import train_agent

SMALL = {"catalog": "synthetic:400", "pool_size": 10, "length": 6, "observe_durations": True}
_ON_POLICY = {"num_envs": 8, "n_steps": 16, "batch_size": 64, "n_epochs": 2, "hidden": [16]}
_OFF_POLICY = {"num_envs": 8, "learning_starts": 64, "batch_size": 32, "buffer_size": 1000, "hidden": [16]}
QUICK = {
    "maskable-ppo": _ON_POLICY,
    "ppo": _ON_POLICY,
    "recurrent-ppo": {**_ON_POLICY, "memory": 8},
    "a2c": {"num_envs": 8, "n_steps": 4, "hidden": [16]},
    "dagger": {"num_envs": 16, "batch_size": 64, "hidden": [16]},
    "dqn": {**_OFF_POLICY, "gradient_steps": 2},
    "qrdqn": {**_OFF_POLICY, "gradient_steps": 2, "outputs": 5},
    "sac": _OFF_POLICY,
}
"""Settings with which each learned agent trains within a second."""


@pytest.fixture
def scalar_env():
    """Makes small scalar environments."""

    def make(env_id="segue/Playlist-v0", **settings):
        return gym.make(env_id, **{**SMALL, **settings})

    return make


@pytest.fixture
def vector_env():
    """Makes small vector environments."""

    def make(num_envs=4, env_id="segue/Playlist-v0", **settings):
        mode = "vector_entry_point"
        return gym.make_vec(env_id, num_envs, vectorization_mode=mode, **{**SMALL, **settings})

    return make


@pytest.fixture
def train():
    """Trains agents in small environments, by default for 512 steps."""

    def run(
        name, env_id=None, *, seed=0, steps=512, env_settings=None, on_progress=None, log_dir=None, **settings
    ):
        env_id = env_id or ("segue/PlaylistContinuous-v0" if name == "sac" else "segue/Playlist-v0")
        return train_agent(
            name,
            env_id,
            {**SMALL, **(env_settings or {})},
            seed=seed,
            steps=steps,
            settings={**QUICK[name], **settings},
            on_progress=on_progress,
            log_dir=log_dir,
        )

    return run


@pytest.fixture
def returns():
    """Plays one session per seed and returns their returns."""

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
