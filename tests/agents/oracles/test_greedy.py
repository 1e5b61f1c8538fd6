import numpy as np
import pytest

from segue.agents import make_agent
from segue.features.errors import UserError


def test_it_plays_the_highest_expected_reward(vector_env):
    env = vector_env(8)
    observation, _ = env.reset(seed=2)
    agent = make_agent("greedy-oracle", env)
    for _ in range(4):
        expected = np.where(env.sessions.available, env.sessions.expected_reward(), -np.inf)
        slots, _ = agent.predict(observation)
        assert np.array_equal(slots, expected.argmax(axis=1))
        observation, *_ = env.step(slots)


def test_it_earns_more_than_chance(vector_env, returns):
    env = vector_env(200, pool_size=50, length=20)
    random = returns(make_agent("random", env), env, range(200))
    oracle = returns(make_agent("greedy-oracle", env), env, range(200))
    assert oracle.mean() > random.mean() + 3 * (oracle - random).std() / 200**0.5


def test_it_refuses_the_sessions_of_another_environment(vector_env):
    agent = make_agent("greedy-oracle", vector_env(3))
    with pytest.raises(UserError, match="3 sessions"):
        agent.predict(vector_env(5).reset(seed=0)[0])
