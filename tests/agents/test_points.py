"""Continuous actions: any agent can point at its choice, and soft actor-critic learns to."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th

from segue.agents import load_agent, make_agent, train_agent
from segue.features.errors import UserError

ENV = "segue/PlaylistContinuous-v0"
SMALL = {"catalog": "synthetic:400", "pool_size": 10, "length": 6}
QUICK = {"num_envs": 8, "learning_starts": 64, "batch_size": 32, "buffer_size": 1000, "hidden": [16]}


def points_env(num_envs=4, **settings):
    return gym.make_vec(ENV, num_envs, vectorization_mode="vector_entry_point", **{**SMALL, **settings})


def quick(seed=0, steps=400, env_settings=SMALL, **settings):
    return train_agent("sac", ENV, env_settings, seed=seed, steps=steps, settings={**QUICK, **settings})


@pytest.mark.parametrize("name", ["random", "content", "linear-bandit", "djmc-myopic", "greedy-oracle"])
def test_pointing_at_a_choice_is_choosing_it(name, vector_env, returns):
    envs = vector_env(20), points_env(20)
    scores = [returns(make_agent(name, env, seed=1), env, range(20)) for env in envs]
    np.testing.assert_array_equal(*scores)


def test_points_are_actions_of_the_environment():
    env = gym.make(ENV, **SMALL)
    observation, _ = env.reset(seed=0)
    for agent in (make_agent("random", env), quick()):
        point, _ = agent.predict(observation)
        assert point.dtype == np.float32
        assert env.action_space.contains(point)
        points, _ = agent.predict({key: value[None] for key, value in observation.items()})
        assert points.shape == (1, *env.action_space.shape)
        assert agent.explain(observation)["score"].notna().all()


def test_the_same_seed_trains_the_same_actor():
    first, again, other = (quick(seed).actor.state_dict() for seed in (3, 3, 4))
    assert all(th.equal(first[key], again[key]) for key in first)
    assert not all(th.equal(first[key], other[key]) for key in first)


def test_a_saved_actor_plays_other_pools_of_another_catalogue(tmp_path):
    agent = quick()
    agent.save(tmp_path / "agent.pt")
    other = points_env(6, catalog="synthetic:300:5", pool_size=17, length=9)
    loaded = load_agent(tmp_path / "agent.pt", other)
    observation, _ = other.reset(seed=0)
    for _ in range(4):
        points, _ = loaded.predict(observation)
        np.testing.assert_array_equal(points, agent.predict(observation)[0])
        observation, *_ = other.step(points)
    assert loaded.name == "sac"


def test_what_is_nearest_to_the_point_is_played():
    env = gym.make(ENV, **SMALL)
    observation, _ = env.reset(seed=2)
    agent = quick()
    nearest = agent.explain(observation)["score"].idxmax()
    track = env.unwrapped.sessions.setting.track_ids[env.unwrapped.sessions.pool[0, nearest]]
    assert env.step(agent.predict(observation)[0])[4]["track_id"] == track


def test_unused_candidates_change_nothing():
    agent, env = quick(), points_env(3)
    observation, _ = env.reset(seed=0)
    padded = {
        key: value if key == "context" else np.concatenate([value, np.zeros_like(value)], axis=1)
        for key, value in observation.items()
    }
    np.testing.assert_allclose(agent.predict(padded)[0], agent.predict(observation)[0], atol=1e-6)
    observation["available"][:] = 0.0
    assert np.isfinite(agent.predict(observation)[0]).all()


def test_drawn_points_spread_around_the_middle():
    agent, env = quick(), points_env(1)
    observation, _ = env.reset(seed=0)
    many = {key: np.repeat(value, 500, axis=0) for key, value in observation.items()}
    drawn, _ = agent.predict(many, deterministic=False)
    assert (drawn.std(axis=0) > 0.01).all()
    agent.reset(0)
    first = agent.predict(many, deterministic=False)[0]
    agent.reset(0)
    np.testing.assert_array_equal(agent.predict(many, deterministic=False)[0], first)


def test_it_learns_where_to_point(returns):
    """A listener who only minds the energy of the moment is served far better than by chance."""
    listener = {
        "terms": {"energy_arc": {"weight": 12.0, "curve": "warm-up", "spread": 0.0}},
        "bias": 1.0,
        "departure": {"never": True},
    }
    settings = {**SMALL, "listener": listener}
    more = {"learning_rate": 3e-3, "gradient_steps": 4, "ent_coef": 0.01, "gamma": 0.8, "hidden": [32]}
    agent = quick(1, 4000, {**settings, "split": "train"}, **more)
    env = points_env(300, **settings, split="test")
    scores = {
        "learned": returns(agent, env, range(300)),
        "random": returns(make_agent("random", env), env, range(300)),
        "oracle": returns(make_agent("greedy-oracle", env), env, range(300)),
    }
    means = {key: value.mean() for key, value in scores.items()}
    assert means["learned"] > means["random"] + 0.25 * (means["oracle"] - means["random"]), means


def test_agents_and_actions_that_do_not_go_together_are_refused(tmp_path, vector_env):
    with pytest.raises(UserError, match="action='continuous'"):
        train_agent("sac", "segue/Playlist-v0", SMALL, seed=0, steps=10, settings=QUICK)
    with pytest.raises(UserError, match="cannot be built"):
        train_agent("maskable-ppo", ENV, SMALL, seed=0, steps=10)
    quick().save(tmp_path / "agent.pt")
    with pytest.raises(UserError, match="action='continuous'"):
        load_agent(tmp_path / "agent.pt", vector_env(2))
    with pytest.raises(UserError, match="did you mean 'gamma'"):
        quick(gama=1)
