"""What looks at an agent in training leaves no trace in it."""

import random

import gymnasium as gym
import numpy as np
import pytest
import torch as th

from segue.agents import train_agent

SETTINGS = {"catalog": "synthetic:400", "pool_size": 10, "length": 6}
CHOSEN = {
    "maskable-ppo": {"num_envs": 8, "n_steps": 16, "batch_size": 64, "n_epochs": 2, "hidden": [16]},
    "dqn": {"num_envs": 8, "learning_starts": 64, "batch_size": 32, "buffer_size": 1000, "hidden": [16]},
    "dagger": {"num_envs": 16, "batch_size": 64, "hidden": [16], "domain_randomization": None},
}


def weights(agent) -> list[th.Tensor]:
    return list(agent.scorer.state_dict().values())


def trained(name, visit=None):
    """The agent, and the steps at which it was looked at."""
    visits = []

    def look(agent, steps):
        visits.append(steps)
        if visit is not None:
            visit(agent)

    return train_agent(
        name, "segue/Playlist-v0", SETTINGS, seed=2, steps=512, settings=CHOSEN[name], on_checkpoint=look
    ), visits


@pytest.mark.parametrize("name", CHOSEN)
def test_an_agent_that_plays_while_it_is_trained_learns_the_same(name):
    env = gym.make_vec("segue/Playlist-v0", 4, vectorization_mode="vector_entry_point", **SETTINGS)

    def play(agent):
        observation, _ = env.reset(seed=5)
        slots, _ = agent.predict(observation, deterministic=False)
        env.step(slots)
        random.random(), np.random.standard_normal(), th.rand(1)  # noqa: NPY002

    quiet, visits = trained(name)
    watched, _ = trained(name, play)
    assert all(map(th.equal, weights(quiet), weights(watched)))
    assert visits[0] == 0
    assert visits[-1] == quiet.steps >= 512
    assert visits == sorted(set(visits))


def test_the_agent_is_the_one_of_that_moment():
    found = []
    agent, visits = trained("maskable-ppo", lambda each: found.append([w.clone() for w in weights(each)]))
    # Whole rollouts of 8 x 16 steps.
    assert visits == [0, 128, 256, 384, 512]
    assert all(map(th.equal, found[-1], weights(agent)))
    assert not all(map(th.equal, found[0], found[1]))
