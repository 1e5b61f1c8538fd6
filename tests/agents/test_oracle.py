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


def test_seeing_the_listener_pays(vector_env, returns):
    env = vector_env(200, pool_size=50, length=20)
    blind = returns(make_agent("random", env), env, range(200))
    seeing = returns(make_agent("greedy-oracle", env), env, range(200))
    assert seeing.mean() > blind.mean() + 3 * (seeing - blind).std() / 200**0.5


def test_it_explains_itself(scalar_env):
    env = scalar_env()
    observation, _ = env.reset(seed=5)
    observation, *_ = env.step(4)
    agent = make_agent("greedy-oracle", env)
    shown = agent.explain(observation)
    assert shown["score"].idxmax() == agent.predict(observation)[0]
    assert not shown["available"][4]
    assert np.isnan(shown["score"][4])
    terms = shown.drop(columns=["available", "score"])
    assert {"bias", "taste", "transition"} <= set(terms)
    np.testing.assert_allclose(terms.sum(axis=1), env.unwrapped.sessions.utility()[0])


def test_one_session_is_explained_at_a_time(vector_env):
    env = vector_env(3)
    with pytest.raises(UserError, match="holds 3"):
        make_agent("content", env).explain(env.reset(seed=0)[0])


def test_it_knows_only_its_own_sessions(vector_env):
    agent = make_agent("greedy-oracle", vector_env(3))
    with pytest.raises(UserError, match="3 sessions"):
        agent.predict(vector_env(5).reset(seed=0)[0])
