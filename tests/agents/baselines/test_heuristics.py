import numpy as np
import pytest

from segue.agents import make_agent
from segue.features.catalog.transitions import TRANSITION_NAMES, TRANSITION_NEUTRAL
from segue.features.errors import UserError


def test_smooth_plays_the_transition_of_least_cost(vector_env):
    env = vector_env(1)
    observation, _ = env.reset(seed=0)
    observation["transitions"][:] = np.minimum(TRANSITION_NEUTRAL + 0.3, 1.0)
    # Signed features are neutral at 0.5: a step of 0 costs more than one of 0.6.
    observation["transitions"][0, 2, TRANSITION_NAMES.index("energy_step")] = 0.0
    observation["transitions"][0, 7, TRANSITION_NAMES.index("energy_step")] = 0.6
    agent = make_agent("smooth", env)
    assert agent.predict(observation)[0] == 7
    assert agent.scores(observation, observation["available"] > 0)[0].argmin() == 2


def test_shortest_plays_the_shortest_candidate_that_is_left(scalar_env):
    env = scalar_env("segue/Session-v0")
    agent, sessions = make_agent("shortest", env), env.unwrapped.sessions
    observation, _ = env.reset(seed=0)
    slot, _ = agent.predict(observation)
    seconds = sessions.catalog.raw("duration")[sessions.pool[0]]
    assert seconds[slot] == seconds.min()
    second, _ = agent.predict(env.step(slot)[0])
    assert seconds[second] == np.sort(seconds)[1]


def test_shortest_needs_to_see_durations(scalar_env):
    with pytest.raises(UserError, match="set observe_durations to true"):
        make_agent("shortest", scalar_env(observe_durations=False))


def test_content_plays_the_candidate_like_the_liked_ones(vector_env):
    env = vector_env(1)
    observation, _ = env.reset(seed=0)
    layout, rng = env.layout, np.random.default_rng(0)
    observation["candidates"][:] = rng.random(observation["candidates"].shape)
    context = observation["context"]
    context[:, layout.context_slice("progress")] = 0.5
    context[:, layout.context_slice("liked_weight")] = 0.8
    context[:, layout.context_slice("liked_mean")] = observation["candidates"][0, 6]
    context[:, layout.context_slice("disliked_mean")] = observation["candidates"][0, 1]
    context[:, layout.context_slice("disliked_weight")] = 0.5
    context[:, layout.context_slice("heard_mean")] = 0.5
    assert make_agent("content", env).predict(observation)[0] == 6


def test_content_begins_with_the_most_typical_candidate(vector_env):
    env = vector_env(1)
    observation, _ = env.reset(seed=0)
    observation["candidates"][:] = 0.0
    observation["candidates"][0, :5] = 1.0
    observation["candidates"][0, 4] = 0.55
    assert make_agent("content", env).predict(observation)[0] == 4


def test_random_is_uniform_over_the_free_candidates(vector_env):
    env = vector_env(1)
    observation, _ = env.reset(seed=0)
    observation["available"][0, [0, 3, 4]] = 0.0
    many = {key: np.repeat(value, 7000, axis=0) for key, value in observation.items()}
    # Other candidates are other sessions.
    many["candidates"] = np.random.default_rng(0).random(many["candidates"].shape, np.float32)
    counts = np.bincount(make_agent("random", env, seed=1).predict(many)[0], minlength=10)
    assert counts[[0, 3, 4]].sum() == 0
    assert (np.abs(counts[[1, 2, 5, 6, 7, 8, 9]] - 1000) < 150).all()  # five standard deviations


@pytest.mark.parametrize("name", ["random", "linear-bandit", "djmc"])
def test_its_plays_do_not_depend_on_how_many_sessions_are_run(vector_env, name):
    played = []
    for seeds in ([5], [3, 4, 5, 6]):
        env = vector_env(len(seeds))
        observation, _ = env.reset(seed=seeds)
        agent, state, slots = make_agent(name, env, seed=1), None, []
        for _ in range(4):
            actions, state = agent.predict(observation, state, deterministic=False)
            slots.append(int(actions[seeds.index(5)]))
            observation = env.step(actions)[0]
        played.append(slots)
    assert played[0] == played[1]
