"""No learned agent explores, chooses or bootstraps from a masked candidate."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch as th

from segue.agents import PlaylistVecEnv
from segue.agents.algorithms.scorer_algorithms import a2c, dqn, maskable_ppo, qrdqn

TINY = {"hidden": [8], "embedding": 4}


@pytest.fixture
def env(vector_env):
    env = PlaylistVecEnv(vector_env(6))
    env.seed(0)
    return env


def tensors(observation):
    return {key: th.from_numpy(value) for key, value in observation.items()}


def test_a_target_of_dqn_is_the_target_networks_q_of_the_online_networks_best_free_candidate(env):
    model = dqn(env, 0, gamma=0.5, **TINY)
    th.nn.init.normal_(model.q_net_target.scorer.score_head.weight)
    obs = env.reset()
    mask_the_best(obs, model.q_net(tensors(obs)))
    online, target = (net(tensors(obs)).detach() for net in (model.q_net, model.q_net_target))
    best = online.argmax(dim=1)
    assert (best != target.argmax(dim=1)).any()
    assert (obs["available"][np.arange(6), best] == 1.0).all()
    done = th.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    replay = SimpleNamespace(
        next_observations=tensors(obs), rewards=th.full((6, 1), 2.0), dones=done[:, None], discounts=None
    )
    expected = 2.0 + (1 - done) * 0.5 * target[th.arange(6), best]
    th.testing.assert_close(model.targets(replay), expected)


def test_a_target_of_qrdqn_is_made_of_the_target_networks_quantiles_of_that_candidate(env):
    model = qrdqn(env, 0, gamma=0.5, outputs=3, **TINY)
    th.nn.init.normal_(model.quantile_net_target.scorer.score_head.weight)
    obs = env.reset()
    mask_the_best(obs, model.quantile_net(tensors(obs)).mean(dim=1))
    online, target = (net(tensors(obs)).detach() for net in (model.quantile_net, model.quantile_net_target))
    best = online.mean(dim=1).argmax(dim=1)
    assert (best != target.mean(dim=1).argmax(dim=1)).any()
    assert (obs["available"][np.arange(6), best] == 1.0).all()
    replay = SimpleNamespace(
        next_observations=tensors(obs), rewards=th.full((6, 1), 2.0), dones=th.zeros(6, 1), discounts=None
    )
    th.testing.assert_close(model.targets(replay), 2.0 + 0.5 * target[th.arange(6), :, best])


def mask_the_best(obs, q):
    """Masks the candidate that the online network would choose in each session."""
    obs["available"][np.arange(len(q)), q.argmax(dim=1)] = 0.0


def test_a_target_at_the_end_of_an_exhausted_pool_is_the_reward(env):
    model = dqn(env, 0, **TINY)
    obs = env.reset()
    obs["available"][:] = 0.0
    replay = SimpleNamespace(
        next_observations=tensors(obs), rewards=th.ones(6, 1), dones=th.ones(6, 1), discounts=None
    )
    th.testing.assert_close(model.targets(replay), th.ones(6))


@pytest.mark.parametrize("steps_done", [0, 10_000])
def test_exploration_takes_only_free_candidates(env, steps_done):
    model = dqn(env, 0, learning_starts=5_000, **TINY)
    model._last_obs = env.reset()
    model.num_timesteps, model.exploration_rate = steps_done, 1.0
    free = [2, 5]
    model._last_obs["available"][:] = 0.0
    model._last_obs["available"][:, free] = 1.0
    taken = np.concatenate([model._sample_action(5_000, n_envs=6)[0] for _ in range(30)])
    assert set(taken) == set(free)


def test_every_replayed_action_was_free_when_it_was_played(env):
    model = dqn(env, 0, learning_starts=50, exploration_final_eps=0.5, buffer_size=600, **TINY)
    model.learn(600)
    buffer = model.replay_buffer
    played = np.take_along_axis(buffer.observations["available"], buffer.actions, axis=2)
    assert buffer.full
    assert (played == 1.0).all()
    # The pool is stored once. The played candidate is not available afterwards, and nothing else changes.
    after = buffer.next_observations["available"]
    assert (np.take_along_axis(after, buffer.actions, axis=2) == 0.0).all()
    assert (buffer.observations["available"].sum(axis=2) - after.sum(axis=2) == 1.0).all()
    assert buffer.next_observations["candidates"] is buffer.observations["candidates"]


def test_the_pool_of_a_session_never_changes(env):
    """Therefore the replay buffer can store candidates once."""
    before, ended = env.reset(), 0
    for _ in range(15):
        after, _, done, infos = env.step(before["available"].argmax(axis=1))
        for row in range(6):
            last = infos[row]["terminal_observation"]["candidates"] if done[row] else after["candidates"][row]
            np.testing.assert_array_equal(last, before["candidates"][row])
        ended += done.sum()
        before = after
    assert ended > 3


def test_ppo_samples_only_what_its_masks_allow(env):
    model = maskable_ppo(env, 0, **TINY)
    th.nn.init.normal_(model.policy.scorer.score_head.weight, std=10.0)
    obs = tensors(env.reset())
    # The highest logits by far belong to masked candidates.
    best = np.asarray(model.policy(obs, deterministic=True)[0])
    rows, free = np.arange(6)[:, None], (best[:, None] + [1, 4]) % 10
    mask = np.zeros((6, 10), bool)
    mask[rows, free] = True
    for _ in range(30):
        taken = np.asarray(model.policy(obs, action_masks=mask)[0])
        assert (taken[:, None] == free).any(axis=1).all()
    chosen = th.as_tensor(free[:, 1])
    _, log_prob, entropy = model.policy.evaluate_actions(obs, chosen, action_masks=mask)
    assert (log_prob <= 0).all()
    assert (entropy <= np.log(2) + 1e-5).all()


def test_an_actor_without_masks_samples_only_what_is_available_in_the_observation(env):
    policy = a2c(env, 0, **TINY).policy
    obs = tensors(env.reset())
    obs["available"][:] = 0.0
    obs["available"][:, [1, 8]] = 1.0
    assert {int(slot) for _ in range(30) for slot in policy(obs)[0]} == {1, 8}
