"""Every agent shows the reasons for its choice."""

import numpy as np
import pytest

from segue.agents import agent_info, agent_names, make_agent
from segue.features.errors import UserError

UNTRAINED = [name for name in agent_names() if not agent_info(name).learned]
PLAYS_THE_HIGHEST = ("smooth", "content", "linear-bandit", "djmc-myopic", "greedy-oracle")
SEES_TERMS = ("greedy-oracle", "oracle", "oracle-shuffled", "belief-planner")


@pytest.fixture
def after_two(scalar_env):
    """Plays twice; returns the environment, the agent, the observation, the next slot and the state."""

    def play(make):
        env = scalar_env()
        agent = make(env)
        observation, _ = env.reset(seed=5)
        state, start = None, True
        for _ in range(2):
            slot, state = agent.predict(observation, state, start)
            observation, _, ended, *_ = env.step(slot)
            start = False
            assert not ended
        slot, state = agent.predict(observation, state, False)
        return env, agent, observation, slot, state

    return play


@pytest.mark.parametrize("name", UNTRAINED)
def test_every_free_candidate_gets_a_score(name, after_two):
    env, agent, observation, slot, state = after_two(lambda env: make_agent(name, env, seed=0))
    shown = agent.explain(observation, state)
    free = env.unwrapped.action_masks()
    assert len(shown) == len(free)
    assert (shown["available"].to_numpy() == free).all()
    assert (shown["score"].notna().to_numpy() == free).all()
    if name in PLAYS_THE_HIGHEST:
        assert shown["score"].idxmax() == slot
    assert ({"bias", "taste", "transition", "energy_arc"} <= set(shown)) == (name in SEES_TERMS)


@pytest.mark.parametrize("name", UNTRAINED)
def test_explaining_changes_no_choice(name, scalar_env):
    chosen = []
    for explained in (False, True):
        env = scalar_env()
        agent = make_agent(name, env, seed=3)
        observation, _ = env.reset(seed=5)
        slots, state = [], None
        for _ in range(3):
            if explained:
                agent.explain(observation)
            slot, state = agent.predict(observation, state, not slots)
            if explained:
                agent.explain(observation, state)
            slots.append(int(slot))
            observation, *_ = env.step(slot)
        chosen.append(slots)
    assert chosen[0] == chosen[1]


@pytest.mark.parametrize("name", ["greedy-oracle", "oracle"])
def test_the_terms_that_an_oracle_shows_sum_to_the_utility(name, after_two):
    env, agent, observation, _, state = after_two(lambda env: make_agent(name, env))
    terms = agent.explain(observation, state).drop(columns=["available", "score", "planned"], errors="ignore")
    np.testing.assert_allclose(terms.sum(axis=1), env.unwrapped.sessions.utility()[0])


def test_an_oracle_shows_its_plan(scalar_env):
    env = scalar_env()
    observation, _ = env.reset(seed=5)
    agent = make_agent("oracle", env, commit=0)
    slot, state = agent.predict(observation)
    planned = agent.explain(observation)["planned"].dropna().sort_values()
    assert planned.tolist() == list(range(1, 7))  # a playlist of six
    assert planned.index.tolist() == [int(slot), *state[0]]


def test_the_scores_of_the_belief_planner_depend_on_the_responses(after_two):
    _, agent, observation, slot, state = after_two(
        lambda env: make_agent("belief-planner", env, particles=32, beam_width=0)
    )
    after, before = agent.explain(observation, state), agent.explain(observation)
    assert after["score"].idxmax() == slot
    assert not np.allclose(after["score"].dropna(), before["score"].dropna())


@pytest.mark.parametrize("name", ["recurrent-ppo", "dagger"])
def test_the_scores_of_an_agent_with_memory_depend_on_its_state(name, after_two, train):
    trained = train(name, steps=256)
    _, agent, observation, slot, state = after_two(lambda env: trained)
    after, before = agent.explain(observation, state), agent.explain(observation)
    assert after["score"].idxmax() == slot
    assert not np.allclose(after["score"].dropna(), before["score"].dropna())


def test_several_sessions_cannot_be_explained_at_once(vector_env):
    env = vector_env(3)
    with pytest.raises(UserError, match="holds 3"):
        make_agent("random", env).explain(env.reset(seed=0)[0])
