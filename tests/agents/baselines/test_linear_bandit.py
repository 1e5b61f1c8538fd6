import numpy as np
import pytest

from segue.agents import make_agent
from segue.agents.baselines.linear_bandit import LinearBandit
from segue.features.errors import UserError


def after_first_play(env, agent, listened):
    """Plays once and sets the response to `listened`; returns the states before and after it."""
    observation, _ = env.reset(seed=0)
    slots, first = agent.predict(observation, None, np.ones(env.num_envs, bool))
    observation, *_ = env.step(slots)
    observation["context"][:, env.layout.context_slice("progress")] = 0.2
    observation["context"][:, env.layout.context_slice("last_listened")] = listened
    _, second = agent.predict(observation, first, np.zeros(env.num_envs, bool))
    return first, second


def test_one_response_updates_the_posterior_by_the_rule_of_bayes(vector_env):
    env = vector_env(1)
    agent = make_agent("linear-bandit", env, noise=0.5, prior=0.2)
    first, second = after_first_play(env, agent, 0.9)
    z = first.last_regressors[0]
    prior_mean = np.zeros(len(z))
    prior_mean[0] = 0.5
    # The rank-one update of a normal prior with covariance 0.2² I by a response with variance 0.5².
    gain = 0.2**2 * z / (0.5**2 + 0.2**2 * z @ z)
    expected = prior_mean + gain * (0.9 - z @ prior_mean)
    np.testing.assert_allclose(np.linalg.solve(second.precision[0], second.information[0]), expected)


def test_a_new_session_starts_from_the_prior(vector_env):
    env = vector_env(2)
    agent = make_agent("linear-bandit", env)
    first, second = after_first_play(env, agent, 0.9)
    assert not np.allclose(second.precision, first.precision)
    observation, _ = env.reset(seed=1)
    _, restarted = agent.predict(observation, second, np.array([True, True]))
    np.testing.assert_array_equal(restarted.precision, first.precision)
    np.testing.assert_array_equal(restarted.information, first.information)
    assert restarted.history_mask.sum() == 2  # the start tracks of the new sessions


def test_weights_are_drawn_from_the_posterior(vector_env):
    env = vector_env(1)
    agent = LinearBandit(env, 3, prior=0.2)
    state = agent._initial(4000)
    drawn = agent._weights(state, np.random.default_rng(0).standard_normal((4000, agent._size)))
    np.testing.assert_allclose(drawn.std(axis=0), 0.2, rtol=0.06)
    np.testing.assert_allclose(drawn[:, 0].mean(), 0.5, atol=0.02)
    assert (agent._weights(state)[:, 1:] == 0).all()


def test_a_candidate_like_the_last_track_has_no_novelty(vector_env):
    env = vector_env(1)
    agent = make_agent("linear-bandit", env)
    observation, _ = env.reset(seed=0)
    observation["candidates"][:] = 0.9
    observation["context"][:, env.layout.context_slice("current")] = 0.1
    observation["candidates"][0, 5] = 0.1
    slot, state = agent.predict(observation)
    novelty = agent.explain(observation, state)["novelty"]
    assert novelty[5] == pytest.approx(0.0)
    assert novelty[0] > 0.99
    assert slot != 5


def test_it_learns_within_a_session(vector_env, returns):
    """A listener of taste alone, who never leaves: it earns more than chance."""
    listener = {"terms": {"taste": {"weight": 2.0}}, "departure": {"never": True}}
    env = vector_env(100, listener=listener, pool_size=60, length=30)
    random = returns(make_agent("random", env), env, range(100))
    learned = returns(make_agent("linear-bandit", env), env, range(100))
    assert (learned - random).mean() > 3 * (learned - random).std() / 10


def test_a_noise_of_0_is_refused(vector_env):
    with pytest.raises(UserError, match="above 0"):
        make_agent("linear-bandit", vector_env(1), noise=0.0)
