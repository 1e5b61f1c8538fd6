import numpy as np
import pytest

from segue.agents import make_agent
from segue.agents.baselines.linear_bandit import LinearBandit
from segue.features.errors import UserError


def after_first_play(env, agent, listened):
    """Plays once, lets the session report `listened`; gives the observation and both memories."""
    observation, _ = env.reset(seed=0)
    slots, first = agent.predict(observation, None, np.ones(env.num_envs, bool))
    observation, *_ = env.step(slots)
    observation["context"][:, env.layout.context_slice("progress")] = 0.2
    observation["context"][:, env.layout.context_slice("last_listened")] = listened
    _, second = agent.predict(observation, first, np.zeros(env.num_envs, bool))
    return first, second


def test_one_response_moves_the_posterior_as_bayes_says(vector_env):
    env = vector_env(1)
    agent = make_agent("linear-bandit", env, noise=0.5, prior=0.2)
    first, second = after_first_play(env, agent, 0.9)
    played = first.played[0]
    prior_mean = np.zeros(len(played))
    prior_mean[0] = 0.5
    # The textbook's rank-one update of a normal prior 0.2² I by a response with noise 0.5².
    gain = 0.2**2 * played / (0.5**2 + 0.2**2 * played @ played)
    expected = prior_mean + gain * (0.9 - played @ prior_mean)
    np.testing.assert_allclose(np.linalg.solve(second.precision[0], second.pull[0]), expected)


def test_a_new_session_knows_nothing_of_the_last(vector_env):
    env = vector_env(2)
    agent = make_agent("linear-bandit", env)
    first, second = after_first_play(env, agent, 0.9)
    assert not np.allclose(second.precision, first.precision)
    observation, _ = env.reset(seed=1)
    _, anew = agent.predict(observation, second, np.array([True, True]))
    np.testing.assert_array_equal(anew.precision, first.precision)
    assert anew.known.sum() == 2  # the start tracks of the new sessions


def test_draws_spread_as_the_posterior_does(vector_env):
    env = vector_env(1)
    agent = LinearBandit(env.layout, 3, prior=0.2)
    memory = agent._empty(4000)
    drawn = agent._weights(memory, deterministic=False)
    np.testing.assert_allclose(drawn.std(axis=0), 0.2, rtol=0.06)
    np.testing.assert_allclose(drawn[:, 0].mean(), 0.5, atol=0.02)
    assert (agent._weights(memory, deterministic=True)[:, 1:] == 0).all()


def test_what_sounds_like_the_last_track_has_lost_its_novelty(vector_env):
    env = vector_env(1)
    agent = make_agent("linear-bandit", env)
    observation, _ = env.reset(seed=0)
    observation["candidates"][:] = 0.9
    observation["context"][:, env.layout.context_slice("current")] = 0.1
    observation["candidates"][0, 5] = 0.1
    slot, memory = agent.predict(observation)
    inputs = agent._inputs(observation, memory)
    assert inputs[0, 5, 0] == pytest.approx(0.0)
    assert inputs[0, 0, 0] > 0.99
    assert slot != 5


def test_it_learns_within_a_session(vector_env, returns):
    listener = {"terms": {"taste": {"weight": 2.0}}, "departure": {"never": True}}
    env = vector_env(100, listener=listener, pool_size=60, length=30)
    random = returns(make_agent("random", env), env, range(100))
    learned = returns(make_agent("linear-bandit", env), env, range(100))
    assert (learned - random).mean() > 3 * (learned - random).std() / 10


def test_a_noise_of_nothing_is_refused(vector_env):
    with pytest.raises(UserError, match="above 0"):
        make_agent("linear-bandit", vector_env(1), noise=0.0)
