"""One contract for every agent that needs no training."""

import numpy as np
import pytest

from segue.agents import agent_info, agent_names, make_agent
from segue.features.errors import UserError

UNTRAINED = [name for name in agent_names() if not agent_info(name).learned]
DRAWS_ROW_BY_ROW = ("random", "oracle-shuffled", "belief-planner")


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
    second, _ = agent.predict(observation, state, episode_start=False)
    assert second != action  # played candidates are not available any more


@pytest.mark.parametrize("name", [name for name in UNTRAINED if name not in DRAWS_ROW_BY_ROW])
def test_a_batch_is_answered_as_its_rows_are(name, scalar_env, vector_env):
    seeds = [5, 6, 7, 8]
    batch = vector_env(4)
    slots, _ = make_agent(name, batch, seed=0).predict(batch.reset(seed=seeds)[0])
    assert slots.shape == (4,)
    for slot, seed in zip(slots, seeds, strict=True):
        env = scalar_env()
        single, _ = make_agent(name, env, seed=0).predict(env.reset(seed=seed)[0])
        assert single == slot


def test_only_candidates_that_both_masks_allow_are_played(name, vector_env):
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


def test_a_flat_observation_is_refused_with_what_turns_it_into_tables(scalar_env):
    flat = scalar_env(observation="flat")
    agent = make_agent("smooth", scalar_env())
    observation, _ = flat.reset(seed=3)
    with pytest.raises(UserError, match="unflatten"):
        agent.predict(observation)
    tables = flat.unwrapped.layout.unflatten(observation)
    assert agent.predict(tables)[0] == make_agent("smooth", flat).predict(observation)[0]


def test_a_session_without_free_candidates_gets_slot_0(name, vector_env):
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


def test_reset_changes_the_seed_of_the_random_numbers(vector_env):
    env = vector_env(50)
    observation, _ = env.reset(seed=0)
    agent, played = make_agent("random", env, seed=4), []
    for seed in (4, 5, 4):
        agent.reset(seed)
        played.append(agent.predict(observation)[0])
    assert np.array_equal(played[0], played[2])
    assert not np.array_equal(played[0], played[1])


@pytest.mark.parametrize("name", ["random", "content", "linear-bandit", "djmc-myopic", "greedy-oracle"])
def test_with_continuous_actions_it_plays_the_same_tracks(name, vector_env, returns):
    envs = vector_env(20), vector_env(20, "segue/PlaylistContinuous-v0")
    scores = [returns(make_agent(name, env, seed=1), env, range(20)) for env in envs]
    np.testing.assert_array_equal(*scores)


def test_with_continuous_actions_it_returns_points(scalar_env):
    env = scalar_env("segue/PlaylistContinuous-v0")
    observation, _ = env.reset(seed=0)
    agent = make_agent("random", env)
    point, _ = agent.predict(observation)
    assert point.dtype == np.float32
    assert env.action_space.contains(point)
    assert agent.explain(observation)["score"].notna().all()
