"""Soft actor-critic's actor points at candidates, and its critic values the one that a point plays."""

import numpy as np
import pytest
import torch as th

from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.pointing_policy import NearestCandidateCritic, PointingActor, candidate_points
from segue.agents.networks.scorer import ScorerSettings


@pytest.fixture
def pool(vector_env):
    """The spaces and the spec of an environment, and an observation of it as tensors."""
    env = vector_env(5, "segue/PlaylistContinuous-v0")
    observation, _ = env.reset(seed=0)
    tensors = {key: th.from_numpy(part) for key, part in observation.items()}
    th.manual_seed(0)
    spec = ObservationSpec.from_layout(env.unwrapped.layout)
    settings = ScorerSettings(hidden=(16,))
    return (env.single_observation_space, env.single_action_space, spec, settings), tensors


@pytest.mark.parametrize("slot", [0, 7])
def test_the_actor_points_at_the_only_free_candidate(slot, pool):
    arguments, observation = pool
    observation["available"] = th.zeros_like(observation["available"])
    observation["available"][:, slot] = 1.0
    point = PointingActor(*arguments)(observation, deterministic=True)
    th.testing.assert_close(point, 0.99 * candidate_points(observation)[:, slot])


def test_the_critic_values_what_the_environment_plays(pool, vector_env):
    arguments, observation = pool
    critic = NearestCandidateCritic(*arguments, 2)
    env = vector_env(5, "segue/PlaylistContinuous-v0")
    env.reset(seed=0)
    before = env.unwrapped.sessions.pool.copy()
    points = np.random.default_rng(0).uniform(-1, 1, env.action_space.shape).astype(np.float32)
    tracks = env.step(points)[4]["track"]
    played = th.from_numpy((before == tracks[:, None]).argmax(axis=1))
    for points_tensor in (th.from_numpy(points), th.from_numpy(points).requires_grad_()):
        for value, scorer in zip(critic(observation, points_tensor), critic.scorers, strict=True):
            expected = scorer.scores(observation)[th.arange(5), played]
            th.testing.assert_close(value.squeeze(1), expected)


def test_the_gradient_of_a_point_leads_to_the_better_of_two_candidates(pool):
    arguments, observation = pool
    critic = NearestCandidateCritic(*arguments, 1)
    observation["available"] = th.zeros_like(observation["available"])
    observation["available"][:, :2] = 1.0
    first, second = candidate_points(observation)[:, :2].unbind(1)
    point = (0.6 * first + 0.4 * second).requires_grad_()
    critic(observation, point)[0].sum().backward()
    slope = (point.grad * (second - first)).sum(1)
    scores = critic.scorers[0].scores(observation)
    assert th.equal(slope.sign(), (scores[:, 1] - scores[:, 0]).sign())
    assert (slope != 0.0).all()
