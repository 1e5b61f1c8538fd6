"""One contract for every agent that needs no training."""

import numpy as np
import pytest

from segue.agents import agent_info, agent_names, make_agent

UNTRAINED = [name for name in agent_names() if not agent_info(name).learned]


@pytest.fixture(params=UNTRAINED)
def name(request):
    return request.param


def test_a_single_observation_gives_an_action_of_the_environment(name, scalar_env):
    env = scalar_env()
    agent = make_agent(name, env, seed=1)
    observation, _ = env.reset(seed=3)
    action, state = agent.predict(observation, episode_start=True)
    assert action.shape == ()
    assert env.action_space.contains(action)
    observation, *_ = env.step(action)
    again, _ = agent.predict(observation, state, episode_start=False)
    assert again != action  # played candidates are not available any more


def test_the_batch_is_answered_as_its_rows_are(name, scalar_env, vector_env):
    seeds = [5, 6, 7, 8]
    batch = vector_env(4)
    together, _ = make_agent(name, batch, seed=0).predict(batch.reset(seed=seeds)[0])
    assert together.shape == (4,)
    if name in ("random", "oracle-shuffled", "belief-planner"):
        return  # they draw in the order of the rows
    for slot, seed in zip(together, seeds, strict=True):
        env = scalar_env()
        alone, _ = make_agent(name, env, seed=0).predict(env.reset(seed=seed)[0])
        assert alone == slot


def test_only_what_both_masks_allow_is_played(name, vector_env):
    env = vector_env(4)
    agent = make_agent(name, env, seed=0)
    observation, _ = env.reset(seed=11)
    for allowed in range(env.unwrapped.sessions.pool_size):
        mask = np.zeros((4, 10), bool)
        mask[:, allowed] = True
        assert (agent.predict(observation, action_masks=mask)[0] == allowed).all()
    observation["available"][:] = 0.0
    observation["available"][:, 3] = 1.0
    assert (agent.predict(observation)[0] == 3).all()
    assert (agent.predict(observation, action_masks=np.ones((4, 10), bool))[0] == 3).all()


def test_an_empty_pool_is_survived(name, vector_env):
    env = vector_env(2)
    agent = make_agent(name, env, seed=0)
    observation, _ = env.reset(seed=1)
    observation["available"][0] = 0.0
    slots, _ = agent.predict(observation)
    assert slots[0] == 0


def test_the_same_seed_chooses_the_same(name, vector_env, returns):
    scores = [
        returns(make_agent(name, env, seed=9), env, range(20)) for env in (vector_env(20), vector_env(20))
    ]
    assert np.array_equal(*scores)


def test_reset_starts_the_random_numbers_anew(vector_env):
    env = vector_env(50)
    observation, _ = env.reset(seed=0)
    agent = make_agent("random", env, seed=4)
    first, second = agent.predict(observation)[0], agent.predict(observation)[0]
    agent.reset(4)
    assert np.array_equal(agent.predict(observation)[0], first)
    assert not np.array_equal(first, second)
