"""Agents with algorithms of users: saved as settings and weights, and made again by their own factory."""

import subprocess
import sys

import numpy as np
import pytest
from sb3_contrib import QRDQN
from stable_baselines3 import PPO
from torch import nn

from segue.agents import load_agent, register_agent, train_agent
from segue.features.errors import UserError

SMALL = {"catalog": "synthetic:400", "pool_size": 10, "length": 6, "observe_durations": True}


def plain_ppo(env, seed, n_steps=16, activation=None):
    """An algorithm and a policy without anything of segue."""
    policy_kwargs = {} if activation is None else {"activation_fn": activation}
    return PPO(
        "MultiInputPolicy",
        env,
        n_steps=n_steps,
        batch_size=32,
        seed=seed,
        device="cpu",
        policy_kwargs=policy_kwargs,
    )


def plain_qrdqn(env, seed):
    return QRDQN(
        "MultiInputPolicy", env, seed=seed, device="cpu", buffer_size=500, learning_starts=16, batch_size=16
    )


def train(name, **settings):
    settings = {"num_envs": 4, **settings}
    return train_agent(name, "segue/Playlist-v0", SMALL, seed=0, steps=256, settings=settings)


@pytest.fixture(autouse=True)
def _registered():
    register_agent("plain-ppo", plain_ppo, learned=True)
    register_agent("plain-qrdqn", plain_qrdqn, learned=True)


@pytest.mark.parametrize(("name", "settings"), [("plain-ppo", {"n_steps": np.int64(8)}), ("plain-qrdqn", {})])
def test_a_custom_algorithm_trains_saves_and_loads(name, settings, tmp_path, vector_env):
    agent = train(name, **settings)
    assert agent.model.num_timesteps >= 256
    assert 0 < agent.curve["steps"].iloc[-1] <= agent.model.num_timesteps
    agent.save(tmp_path / "agent.zip")
    env = vector_env(5, copy=False)
    loaded = load_agent(tmp_path / "agent.zip", env)
    assert loaded.model.num_timesteps == agent.model.num_timesteps
    observation, _ = env.reset(seed=0)
    assert np.array_equal(loaded.predict(observation)[0], agent.predict(observation)[0])
    with pytest.raises(UserError, match="same pool_size"):
        load_agent(tmp_path / "agent.zip", vector_env(5, pool_size=12))
    # A loaded agent can be saved again.
    loaded.save(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "agent.zip").read_bytes()


def test_a_wrong_setting_of_a_custom_algorithm_is_refused():
    with pytest.raises(UserError, match="did you mean 'n_steps'"):
        train("plain-ppo", n_stps=8)


def test_settings_that_are_no_json_need_trust(tmp_path, scalar_env):
    agent = train("plain-ppo", n_steps=8, activation=nn.ReLU)
    agent.save(tmp_path / "agent.zip")
    env = scalar_env()
    with pytest.raises(UserError, match=r"trust=True.*settings are pickled"):
        load_agent(tmp_path / "agent.zip", env)
    loaded = load_agent(tmp_path / "agent.zip", env, trust=True)
    observation, _ = env.reset(seed=0)
    assert loaded.predict(observation)[0] == agent.predict(observation)[0]


FACTORY = """
from pathlib import Path
from stable_baselines3 import A2C

Path("imported").touch()


def make(env, seed):
    return A2C("MultiInputPolicy", env, n_steps=4, seed=seed, device="cpu")
"""

LOAD = """
import sys
from pathlib import Path

import gymnasium as gym
import segue.envs
from segue.agents import load_agent, register_agent
from segue.features.errors import UserError

Path("imported").unlink()
sizes = {"catalog": "synthetic:400", "pool_size": 10, "length": 6}
env = gym.make("segue/Playlist-v0", observe_durations=True, **sizes)
try:
    load_agent("mine.zip", env)
except UserError as error:
    print(error)
print(Path("imported").exists())
print(load_agent("mine.zip", env, trust=True), Path("imported").exists())
register_agent("mine", "factory_of_a_user:make", learned=True)
print(load_agent("mine.zip", env))
"""


def test_an_agent_that_is_not_registered_is_only_imported_with_trust(tmp_path, monkeypatch):
    (tmp_path / "factory_of_a_user.py").write_text(FACTORY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    register_agent("mine", "factory_of_a_user:make", learned=True)
    train("mine").save("mine.zip")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{LOAD}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    refusal, imported, trusted, registered = done.stdout.splitlines()
    assert "'mine' is not registered here, so that 'factory_of_a_user:make' would be imported" in refusal
    assert imported == "False"
    assert trusted == "<ModelAgent name='mine' steps=0> True"
    assert registered == "<ModelAgent name='mine' steps=0>"
