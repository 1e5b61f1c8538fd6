import numpy as np
import pytest

from segue.agents import make_agent
from segue.agents.oracles.belief import Belief, mean_listeners
from segue.features.errors import UserError

TASTE = {"terms": {"taste": {"weight": 2.0}}, "departure": {"never": True}}


def belief_after(sessions, slots, particles=64, seed=0):
    """Plays some slots of a batch of one; returns the belief and the heard fractions."""
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
    belief, listened = belief_after(env.sessions, range(12))
    assert 0 < (listened == 1.0).sum() < 12
    twin, _ = belief._replay(belief._draws, belief._keys)
    # An observation, which includes the responses, is the same for every particle as in the session.
    particles, truth = (env.layout.observe(sessions) for sessions in (twin, env.sessions))
    np.testing.assert_allclose(particles["context"], truth["context"].repeat(64, axis=0), atol=1e-6)
    np.testing.assert_array_equal(particles["available"], truth["available"].repeat(64, axis=0))


def test_the_belief_predicts_the_utility_of_unheard_tracks(vector_env):
    """Averaged over listeners, the particles' mean utility correlates with the true one."""
    agreement = []
    for seed in range(6):
        env = vector_env(1, listener=TASTE, pool_size=60, length=60)
        env.reset(seed=seed)
        belief, _ = belief_after(env.sessions, range(40), particles=64, seed=seed)
        expected = belief.weights @ belief.sessions.utility()
        rest = env.sessions.available[0]
        agreement.append(np.corrcoef(expected[rest], env.sessions.utility()[0][rest])[0, 1])
    assert np.mean(agreement) > 0.7


def test_it_never_reads_the_listener(vector_env):
    """With the true parameters overwritten, the agent chooses the same."""
    chosen = []
    for tampered in (False, True):
        env = vector_env(3)
        observation, _ = env.reset(seed=0)
        if tampered:
            env.sessions.state.hidden[:] = 7.0
            env.sessions.state.term_state[:] = 7.0
        chosen.append(make_agent("belief-planner", env, seed=1, particles=16).predict(observation)[0])
    assert np.array_equal(*chosen)


def test_it_earns_more_than_chance(vector_env, returns):
    env = vector_env(16, listener=TASTE, pool_size=40, length=15)
    planned = returns(make_agent("belief-planner", env, particles=64), env, range(16))
    random = returns(make_agent("random", env), env, range(16))
    assert (planned - random).mean() > 3 * (planned - random).std() / 16**0.5


def test_the_mean_listener_has_the_mean_of_the_particles(vector_env):
    env = vector_env(1, listener=TASTE, pool_size=20, length=20)
    env.reset(seed=4)
    belief, _ = belief_after(env.sessions, range(5))
    mean = mean_listeners(env.sessions, np.zeros(1, np.intp), [belief])
    assert mean.position.tolist() == [5]
    # Taste is linear in the listener's parameters, so the mean's utility is the particles' mean utility.
    np.testing.assert_allclose(mean.utility()[0], belief.weights @ belief.sessions.utility())


def test_without_a_beam_it_plays_the_highest_mean_expected_reward(vector_env):
    env = vector_env(2, pool_size=12)
    observation, _ = env.reset(seed=0)
    agent = make_agent("belief-planner", env, particles=16, beam_width=0)
    slots, state = agent.predict(observation)
    for row in range(2):
        belief = state[row].belief
        assert slots[row] == (belief.weights @ belief.sessions.expected_reward()).argmax()


@pytest.mark.parametrize(("listened", "likelier"), [(1.0, 0), (0.001, 1)])
def test_of_two_opposite_listeners_it_plans_for_the_likelier_one(vector_env, listened, likelier):
    """The favourite of the first listener is heard to its end, or skipped at once; one track is left."""
    env = vector_env(1, listener=TASTE, pool_size=8, length=2, reward="completed")
    observation, _ = env.reset(seed=2)
    agent = make_agent("belief-planner", env, particles=2)
    _, state = agent.predict(observation)
    belief = state[0].belief
    taste = belief.sessions.state_of("taste")
    taste[1] = -taste[0]
    utility = belief.sessions.utility()
    np.testing.assert_allclose(utility[1], -utility[0])
    # Of tracks of utility 0, 51 % are heard to their end; the hazard of a skip falls with exp(-utility).
    completion = 0.51 ** np.exp(-utility)
    assert belief.mean_expected_reward() == pytest.approx(completion.mean(axis=0))

    favourite = int(utility[0].argmax())
    belief.observe(favourite, listened)
    if listened == 1.0:
        assert belief.weights == pytest.approx(completion[:, favourite] / completion[:, favourite].sum())
    assert belief.weights[likelier] > 0.5
    free = np.arange(8) != favourite
    choice = agent._next_slots(np.zeros(1, np.intp), free[None], [belief])
    assert choice[0] == np.where(free, utility[likelier], -np.inf).argmax()


def test_a_session_is_played_the_same_whichever_others_are_beside_it(vector_env):
    """Plans are made for many sessions at once, but none reads the random numbers of another."""

    def played(seeds):
        env = vector_env(len(seeds))
        agent = make_agent("belief-planner", env, seed=1, particles=16)
        observation, _ = env.reset(seed=seeds)
        state, starts, chosen = None, np.ones(len(seeds), bool), []
        for _ in range(3):
            slots, state = agent.predict(observation, state, starts)
            chosen.append(slots)
            observation, _, terminated, truncated, _ = env.step(slots)
            starts = terminated | truncated
        return np.array(chosen).T

    together = played([3, 4, 5, 6])
    assert np.array_equal(together, np.concatenate([played([seed]) for seed in (3, 4, 5, 6)]))
    assert len(np.unique(together, axis=0)) > 1


def test_it_refuses_the_sessions_of_another_environment(vector_env):
    agent = make_agent("belief-planner", vector_env(3), particles=8)
    with pytest.raises(UserError, match="3 sessions"):
        agent.predict(vector_env(5).reset(seed=0)[0])
