"""Every agent says what is behind its choice."""

import numpy as np
import pytest

from segue.agents import agent_info, agent_names, make_agent, train_agent
from segue.features.errors import UserError

UNTRAINED = [name for name in agent_names() if not agent_info(name).learned]
PLAYS_THE_HIGHEST = ("smooth", "content", "linear-bandit", "djmc-myopic", "greedy-oracle")
SEES_TERMS = ("greedy-oracle", "oracle", "oracle-shuffled", "belief-planner")


@pytest.fixture
def after_two(scalar_env):
    """Plays twice with an agent; gives environment, observation, next slot and the state after it."""

    def play(agent_of):
        env = scalar_env()
        agent = agent_of(env)
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
def test_each_candidate_gets_a_score(name, after_two):
    env, agent, observation, slot, state = after_two(lambda env: make_agent(name, env, seed=0))
    shown = agent.explain(observation, state)
    free = env.unwrapped.action_masks()
    assert len(shown) == len(free)
    assert (shown["available"].to_numpy() == free).all()
    assert (shown["score"].notna().to_numpy() == free).all()
    if name in PLAYS_THE_HIGHEST:
        assert shown["score"].idxmax() == slot
    if name in SEES_TERMS:
        assert {"bias", "taste", "transition", "energy_arc"} <= set(shown)


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


def test_the_terms_of_an_oracle_are_those_of_the_listener(after_two):
    env, agent, observation, _, state = after_two(lambda env: make_agent("oracle", env))
    shown = agent.explain(observation, state)
    terms = shown.drop(columns=["available", "score", "planned"])
    np.testing.assert_allclose(terms.sum(axis=1), env.unwrapped.sessions.utility()[0])


def test_an_oracle_shows_its_plan(scalar_env):
    env = scalar_env()
    observation, _ = env.reset(seed=5)
    agent = make_agent("oracle", env, commit=0)
    slot, state = agent.predict(observation)
    planned = agent.explain(observation)["planned"].dropna().sort_values()
    assert planned.tolist() == list(range(1, 7))  # a playlist of six
    assert planned.index.tolist() == [int(slot), *state[0]]


def test_posterior_scores_by_what_it_has_heard(after_two):
    _, agent, observation, slot, state = after_two(
        lambda env: make_agent("belief-planner", env, particles=32, width=0)
    )
    heard, nothing = agent.explain(observation, state), agent.explain(observation)
    assert heard["score"].idxmax() == slot
    assert not np.allclose(heard["score"].dropna(), nothing["score"].dropna())


def test_a_recurrent_agent_explains_what_it_remembers(after_two):
    settings = {"num_envs": 8, "n_steps": 16, "batch_size": 64, "n_epochs": 2, "hidden": [16], "memory": 8}
    small = {"catalog": "synthetic:400", "pool_size": 10, "length": 6}
    trained = train_agent("recurrent-ppo", "segue/Playlist-v0", small, seed=0, steps=256, settings=settings)
    _, agent, observation, slot, state = after_two(lambda env: trained)
    session_estimates, afresh = agent.explain(observation, state), agent.explain(observation)
    assert session_estimates["score"].idxmax() == slot
    assert not np.allclose(session_estimates["score"].dropna(), afresh["score"].dropna())


def test_one_session_is_explained_at_a_time(vector_env):
    env = vector_env(3)
    with pytest.raises(UserError, match="holds 3"):
        make_agent("random", env).explain(env.reset(seed=0)[0])
