import numpy as np
import pytest

from segue.agents import make_agent
from segue.agents.oracles.belief import Belief
from segue.features.errors import UserError

TASTE = {"terms": {"taste": {"weight": 2.0}}, "departure": {"never": True}}


def heard_by(sessions, slots, particles=64, seed=0):
    """Plays some slots of a batch of one; gives the belief and the heard fractions."""
    belief = Belief(sessions.repeat(np.zeros(1, np.intp)), np.random.default_rng(seed), particles, moves=2)
    listened = []
    for slot in slots:
        result = sessions.step(np.array([slot]))
        belief.observe(slot, float(result.listened[0]))
        listened.append(result.listened[0])
    return belief, np.array(listened)


def test_every_particle_responds_as_the_listener_did(vector_env):
    env = vector_env(1, listener=TASTE, pool_size=20, length=20)
    env.reset(seed=4)
    belief, listened = heard_by(env.sessions, range(12))
    assert 0 < (listened == 1.0).sum() < 12
    twin, _ = belief._replay(belief._who, belief._noise)
    # What an agent may remember of the responses is the same in every particle as in the session.
    particles, truth = (env.layout.observe(sessions) for sessions in (twin, env.sessions))
    np.testing.assert_allclose(particles["context"], truth["context"].repeat(64, axis=0), atol=1e-6)
    np.testing.assert_array_equal(particles["available"], truth["available"].repeat(64, axis=0))


def test_responses_tell_who_is_listening(vector_env):
    """Over listeners, what the particles expect of tracks not yet heard agrees with the truth."""
    agreement = []
    for seed in range(6):
        env = vector_env(1, listener=TASTE, pool_size=60, length=60)
        env.reset(seed=seed)
        belief, _ = heard_by(env.sessions, range(40), particles=64, seed=seed)
        expected = belief.weights @ belief.sessions.utility()
        rest = env.sessions.available[0]
        agreement.append(np.corrcoef(expected[rest], env.sessions.utility()[0][rest])[0, 1])
    assert np.mean(agreement) > 0.7


def test_who_the_listener_is_stays_hidden(vector_env):
    """The true parameters may be overwritten: the agent chooses the same."""
    chosen = []
    for tampered in (False, True):
        env = vector_env(3)
        observation, _ = env.reset(seed=0)
        if tampered:
            env.sessions.state.hidden[:] = 7.0
            env.sessions.state.term_state[:] = 7.0
        chosen.append(make_agent("belief-planner", env, seed=1, particles=16).predict(observation)[0])
    assert np.array_equal(*chosen)


def test_knowing_the_population_pays(vector_env, returns):
    env = vector_env(24, listener=TASTE, pool_size=40, length=15)
    informed = returns(make_agent("belief-planner", env, particles=64), env, range(24))
    random = returns(make_agent("random", env), env, range(24))
    assert (informed - random).mean() > 3 * (informed - random).std() / 24**0.5


def test_the_mean_listener_is_the_mean(vector_env):
    env = vector_env(1, listener=TASTE, pool_size=20, length=20)
    env.reset(seed=4)
    belief, _ = heard_by(env.sessions, range(5))
    mean = belief.mean_listener()
    assert mean.position.tolist() == [5]
    # Taste is linear in who the listener is, so the mean's utility is the particles' mean utility.
    np.testing.assert_allclose(mean.utility()[0], belief.weights @ belief.sessions.utility())


def test_looking_one_track_ahead_takes_what_the_particles_expect(vector_env):
    env = vector_env(2, pool_size=12)
    observation, _ = env.reset(seed=0)
    agent = make_agent("belief-planner", env, particles=16, width=0)
    slots, state = agent.predict(observation)
    for row in range(2):
        belief = state[row].belief
        assert slots[row] == (belief.weights @ belief.sessions.expected_reward()).argmax()


def test_it_knows_only_its_own_sessions(vector_env):
    agent = make_agent("belief-planner", vector_env(3), particles=8)
    with pytest.raises(UserError, match="3 sessions"):
        agent.predict(vector_env(5).reset(seed=0)[0])
