"""No learned agent can explore, choose or bootstrap from a masked candidate."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch as th

from segue.agents import PlaylistVecEnv
from segue.agents.algorithms.scorer_algorithms import a2c, dqn, maskable_ppo, qrdqn

TINY = {"hidden": [8], "embedding": 4}


@pytest.fixture
def env(vector_env):
    made = PlaylistVecEnv(vector_env(6))
    made.seed(0)
    return made


def tensors(observation):
    return {key: th.from_numpy(value) for key, value in observation.items()}


def test_a_target_never_looks_at_a_masked_candidate(env):
    model = dqn(env, 0, gamma=0.5, **TINY)
    seen = env.reset()
    everything = model.q_net(tensors(seen))
    # Mask exactly the candidates that both networks believe to be the best.
    best = everything.argmax(dim=1)
    seen["available"][np.arange(6), best] = 0.0
    assert (model.q_net(tensors(seen)).argmax(dim=1) != best).all()
    done = np.array([0, 0, 0, 0, 0, 1], np.float32)
    replay = SimpleNamespace(
        next_observations=tensors(seen),
        rewards=th.full((6, 1), 2.0),
        dones=th.from_numpy(done)[:, None],
        discounts=None,
    )
    rest = everything.detach().clone()
    rest[th.arange(6), best] = -np.inf
    expected = 2.0 + (1 - th.from_numpy(done)) * 0.5 * rest.max(dim=1).values
    th.testing.assert_close(model.targets(replay), expected)


def test_quantiles_of_a_masked_candidate_are_never_a_target(env):
    model = qrdqn(env, 0, gamma=0.5, outputs=3, **TINY)
    seen = env.reset()
    everything = model.quantile_net(tensors(seen)).detach()
    best = everything.mean(dim=1).argmax(dim=1)
    seen["available"][np.arange(6), best] = 0.0
    rest = everything.mean(dim=1)
    rest[th.arange(6), best] = -np.inf
    following = everything[th.arange(6), :, rest.argmax(dim=1)]
    replay = SimpleNamespace(
        next_observations=tensors(seen), rewards=th.full((6, 1), 2.0), dones=th.zeros(6, 1), discounts=None
    )
    th.testing.assert_close(model.targets(replay), 2.0 + 0.5 * following)


def test_a_target_at_the_end_of_an_exhausted_pool_is_the_reward(env):
    model = dqn(env, 0, **TINY)
    seen = env.reset()
    seen["available"][:] = 0.0
    replay = SimpleNamespace(
        next_observations=tensors(seen), rewards=th.ones(6, 1), dones=th.ones(6, 1), discounts=None
    )
    th.testing.assert_close(model.targets(replay), th.ones(6))


@pytest.mark.parametrize("steps_done", [0, 10_000])
def test_epsilon_explores_only_what_is_free(env, steps_done):
    model = dqn(env, 0, learning_starts=5_000, **TINY)
    model._last_obs = env.reset()
    model.num_timesteps, model.exploration_rate = steps_done, 1.0
    free = [2, 5]
    model._last_obs["available"][:] = 0.0
    model._last_obs["available"][:, free] = 1.0
    taken = np.concatenate([model._sample_action(5_000, n_envs=6)[0] for _ in range(30)])
    assert set(taken) == set(free)


def test_what_dqn_replays_was_free_when_it_was_played(env):
    model = dqn(env, 0, learning_starts=50, exploration_final_eps=0.5, buffer_size=600, **TINY)
    model.learn(600)
    buffer = model.replay_buffer
    played = np.take_along_axis(buffer.observations["available"], buffer.actions, axis=2)
    assert buffer.full
    assert (played == 1.0).all()
    # The pool is stored once. What was played is not available afterwards, and nothing else has changed.
    after = buffer.next_observations["available"]
    assert (np.take_along_axis(after, buffer.actions, axis=2) == 0.0).all()
    assert (buffer.observations["available"].sum(axis=2) - after.sum(axis=2) == 1.0).all()
    assert buffer.next_observations["candidates"] is buffer.observations["candidates"]


def test_a_pool_is_the_same_after_a_choice_also_at_the_end(env):
    """What lets the replay buffer keep candidates once."""
    before, ended = env.reset(), 0
    for _ in range(15):
        after, _, done, infos = env.step(before["available"].argmax(axis=1))
        for row in range(6):
            last = infos[row]["terminal_observation"]["candidates"] if done[row] else after["candidates"][row]
            np.testing.assert_array_equal(last, before["candidates"][row])
        ended += done.sum()
        before = after
    assert ended > 3


def test_ppo_samples_only_what_is_free(env):
    model = maskable_ppo(env, 0, **TINY)
    seen = tensors(env.reset())
    mask = np.zeros((6, 10), bool)
    mask[:, [1, 8]] = True
    # The highest logit by far belongs to masked candidates.
    th.nn.init.normal_(model.policy.scorer.score.weight, std=10.0)
    taken = {int(slot) for _ in range(30) for slot in model.policy(seen, action_masks=mask)[0]}
    assert taken <= {1, 8}
    # Algorithms that pass no masks are kept to the free candidates by the observation.
    seen["available"][:] = 0.0
    seen["available"][:, [1, 8]] = 1.0
    assert {int(slot) for _ in range(30) for slot in a2c(env, 0, **TINY).policy(seen)[0]} <= {1, 8}
    _, log_prob, entropy = model.policy.evaluate_actions(seen, th.full((6,), 8), action_masks=mask)
    assert (log_prob <= 0).all()
    assert (entropy <= np.log(2) + 1e-5).all()
