"""A soft actor-critic chooses points, and the environment plays the candidate nearest to a point."""

import numpy as np

ENV = "segue/PlaylistContinuous-v0"


def test_a_point_is_an_action_of_the_environment(train, scalar_env):
    env, agent = scalar_env(ENV), train("sac", steps=128)
    observation, _ = env.reset(seed=0)
    point, _ = agent.predict(observation)
    assert point.dtype == np.float32
    assert env.action_space.contains(point)
    points, _ = agent.predict({key: value[None] for key, value in observation.items()})
    assert points.shape == (1, *env.action_space.shape)


def test_the_candidate_nearest_to_the_point_has_the_highest_score_and_is_played(train, scalar_env):
    env, agent = scalar_env(ENV), train("sac", steps=128)
    observation, _ = env.reset(seed=2)
    nearest = agent.explain(observation)["score"].idxmax()
    track = env.unwrapped.sessions.pool[0, nearest]
    assert env.step(agent.predict(observation)[0])[4]["track"] == track


def test_masked_candidates_do_not_change_the_point(train, vector_env):
    agent, env = train("sac", steps=128), vector_env(3, ENV)
    observation, _ = env.reset(seed=0)
    padded = {
        key: value if key == "context" else np.concatenate([value, np.zeros_like(value)], axis=1)
        for key, value in observation.items()
    }
    np.testing.assert_allclose(agent.predict(padded)[0], agent.predict(observation)[0], atol=1e-6)
    observation["available"][:] = 0.0
    assert np.isfinite(agent.predict(observation)[0]).all()


def test_sampled_points_spread_and_repeat_after_a_reset(train, vector_env):
    agent, env = train("sac", steps=128), vector_env(1, ENV)
    observation, _ = env.reset(seed=0)
    drawn = []
    for seed in [*range(200), 0]:
        agent.reset(seed)
        drawn.append(agent.predict(observation, deterministic=False)[0][0])
    assert (np.std(drawn, axis=0) > 0.01).all()
    np.testing.assert_array_equal(drawn[0], drawn[-1])
