"""Anything with a `predict` plays: what it is given, what it may return, and what it is told if it cannot."""

import numpy as np
import pytest
from sb3_contrib import MaskablePPO, RecurrentPPO
from stable_baselines3 import DQN, PPO, SAC
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from segue.agents import Agent, make_agent, register_agent
from segue.agents.any_policy import PolicyAgent, as_agent
from segue.features.errors import UserError

PPO_SETTINGS = {"n_steps": 8, "batch_size": 8, "device": "cpu", "seed": 0}
DQN_SETTINGS = {"buffer_size": 50, "device": "cpu", "seed": 0}


class LastFree:
    """Plays the last available candidate, by the observation alone."""

    def predict(self, observation):
        return observation["available"].shape[1] - 1 - observation["available"][:, ::-1].argmax(axis=1)


class Recorder:
    """Plays slot 0, counts its calls in its state, and remembers what it was given."""

    def __init__(self):
        self.given = []

    def predict(self, observation, state=None, episode_start=None, deterministic=False, action_masks=None):
        self.given.append((observation, state, episode_start, deterministic, action_masks))
        return np.zeros(len(action_masks), int), (state or 0) + 1


@pytest.mark.parametrize(
    ("algorithm", "policy", "settings", "observation"),
    [
        (PPO, "MultiInputPolicy", PPO_SETTINGS, "dict"),
        (PPO, "MlpPolicy", PPO_SETTINGS, "flat"),
        (DQN, "MultiInputPolicy", DQN_SETTINGS, "dict"),
        (MaskablePPO, "MultiInputPolicy", PPO_SETTINGS, "dict"),
        (RecurrentPPO, "MultiInputLstmPolicy", PPO_SETTINGS, "dict"),
    ],
)
@pytest.mark.parametrize("played", ["dict", "flat"])
def test_a_model_chooses_as_by_its_own_predict(
    algorithm, policy, settings, observation, played, scalar_env, vector_env
):
    model = algorithm(policy, scalar_env(observation=observation), **settings)
    env, own = vector_env(6, observation=played), vector_env(6, observation=observation)
    agent = as_agent(model, env)
    seen, _ = env.reset(seed=5)
    expected, _ = own.reset(seed=5)
    state = own_state = None
    starts = np.ones(6, bool)
    for _ in range(4):
        masks = {"action_masks": own.action_masks()} if algorithm is MaskablePPO else {}
        actions, state = agent.predict(seen, state, starts, action_masks=env.action_masks())
        same, own_state = model.predict(expected, own_state, starts, deterministic=True, **masks)
        np.testing.assert_array_equal(actions, same)
        seen, _, terminated, truncated, _ = env.step(actions)
        expected, *_ = own.step(same)
        starts = terminated | truncated


def observed(normalised):
    """Returns from how many observations the statistics were made."""
    statistics = normalised.obs_rms
    return [each.count for each in (statistics.values() if isinstance(statistics, dict) else [statistics])]


@pytest.mark.parametrize(("policy", "observation"), [("MlpPolicy", "flat"), ("MultiInputPolicy", "dict")])
def test_a_model_that_was_trained_on_normalised_observations_sees_such(
    policy, observation, scalar_env, vector_env, tmp_path
):
    normalised = VecNormalize(DummyVecEnv([lambda: scalar_env(observation=observation)]))
    model = PPO(policy, normalised, **PPO_SETTINGS)
    model.learn(16)
    model.save(tmp_path / "model.zip")
    env, own = vector_env(6), vector_env(6, observation=observation)
    batch, (seen, _) = env.reset(seed=5)[0], own.reset(seed=5)
    count = observed(normalised)
    agent = as_agent(model, env)
    expected, _ = model.predict(normalised.normalize_obs(seen), deterministic=True)
    assert agent.predict(batch)[0].tolist() == expected.tolist()
    assert observed(normalised) == count  # playing teaches it nothing
    assert expected.tolist() != model.predict(seen, deterministic=True)[0].tolist()
    # What is loaded without its environment lacks the statistics.
    loaded = as_agent(PPO.load(tmp_path / "model.zip", device="cpu"), env)
    assert loaded.predict(batch)[0].tolist() == model.predict(seen, deterministic=True)[0].tolist()
    again = as_agent(PPO.load(tmp_path / "model.zip", env=normalised, device="cpu"), env)
    assert again.predict(batch)[0].tolist() == expected.tolist()


def test_a_policy_gets_only_what_it_takes_and_may_return_actions_alone(vector_env):
    env = vector_env(3)
    agent = as_agent(LastFree(), env)
    observation, _ = env.reset(seed=0)
    for slot in (9, 8, 7):
        actions, state = agent.predict(observation, None, np.ones(3, bool), True, env.action_masks())
        assert actions.tolist() == [slot] * 3
        assert state is None
        observation, *_ = env.step(actions)


def test_a_policy_gets_everything_it_takes(vector_env):
    env, policy = vector_env(2), Recorder()
    agent = as_agent(policy, env)
    observation, _ = env.reset(seed=0)
    masks = np.tile(np.arange(10) > 3, (2, 1))
    _, state = agent.predict(observation, None, [True, True], deterministic=False, action_masks=masks)
    agent.predict(observation, state, [False, True])
    (seen, none, starts, deterministic, given_masks), (_, one, later, *_) = policy.given
    assert seen.keys() == observation.keys()
    assert (none, deterministic, one) == (None, False, 1)
    assert starts.tolist() == [True, True]
    assert later.tolist() == [False, True]
    np.testing.assert_array_equal(given_masks, masks)


def test_required_arguments_with_names_of_their_own_mean_what_stands_at_their_place(vector_env):
    class Named:
        def predict(self, obs, memory, begins, greedy):
            assert memory is None
            assert begins.all()
            assert greedy is True
            return np.full(len(begins), 2), memory

    env = vector_env(2)
    observation, _ = env.reset(seed=0)
    assert as_agent(Named(), env).predict(observation, None, [True, True])[0].tolist() == [2, 2]


def test_arguments_are_passed_as_the_signature_takes_them(vector_env):
    class Collects:
        def predict(self, obs, *args):
            assert args == ()
            return np.full(len(obs["available"]), 1)

    class ByPlace:
        def predict(self, observation, state, episode_start, /):
            assert state is None
            assert episode_start.tolist() == [True, True]
            return np.full(2, 2)

    class Rest:
        def predict(self, obs, mask, **others):
            assert mask is None
            assert sorted(others) == ["action_masks", "deterministic", "episode_start"]
            return np.full(2, 3)

    env = vector_env(2)
    observation, _ = env.reset(seed=0)
    for slot, policy in enumerate((Collects(), ByPlace(), Rest()), start=1):
        assert as_agent(policy, env).predict(observation, None, [True, True])[0].tolist() == [slot, slot]


def test_a_session_that_is_over_leaves_a_policy_something_to_choose(vector_env):
    class Draws:
        def predict(self, observation, action_masks):
            return np.array([np.flatnonzero(mask)[0] for mask in action_masks])

    env = vector_env(2)
    observation, _ = env.reset(seed=0)
    masks = env.action_masks()
    masks[1] = False
    assert as_agent(Draws(), env).predict(observation, action_masks=masks)[0].shape == (2,)


def test_a_single_session_of_the_scalar_environment(scalar_env):
    env = scalar_env(observation="flat")
    model = PPO("MlpPolicy", env, **PPO_SETTINGS)
    observation, _ = env.reset(seed=1)
    action, _ = as_agent(model, env).predict(observation)
    assert action.shape == ()
    assert action == model.predict(observation, deterministic=True)[0]


def test_an_agent_of_segue_plays_in_an_environment_with_flat_observations(scalar_env):
    chosen = []
    for observation in ("dict", "flat"):
        env = scalar_env(observation=observation)
        agent = make_agent("smooth", env)
        seen, _ = env.reset(seed=4)
        chosen.append(int(agent.predict(seen)[0]))
        np.testing.assert_array_equal(agent.explain(seen)["score"].to_numpy().argmax(), chosen[-1])
    assert chosen[0] == chosen[1]


def test_an_agent_is_not_wrapped_where_it_needs_no_adapting(vector_env):
    env = vector_env(2)
    agent = make_agent("random", env)
    assert as_agent(agent, env) is agent


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (np.zeros(3, int), r"shape \(2,\), but returned int64 of shape \(3,\)"),
        (np.zeros(2), "whole numbers.*returned float64"),
        ([[1], [2, 3]], "must return"),
        (None, "must return"),
        (1, r"of shape \(\)"),
    ],
)
def test_other_actions_are_refused_in_one_sentence(answer, message, vector_env):
    class Wrong:
        def predict(self, observation):
            return answer

    env = vector_env(2)
    observation, _ = env.reset(seed=0)
    with pytest.raises(UserError, match=message):
        as_agent(Wrong(), env).predict(observation)


def test_a_model_of_another_environment_is_refused(scalar_env, vector_env):
    model = PPO("MultiInputPolicy", scalar_env(), **PPO_SETTINGS)
    with pytest.raises(UserError, match=r"PPO was made for observations of shape .* use the pool_size"):
        as_agent(model, vector_env(2, pool_size=12))
    with pytest.raises(UserError, match="has no predict method"):
        as_agent(object(), vector_env(2))
    points = SAC("MultiInputPolicy", scalar_env(action="continuous"), buffer_size=50, device="cpu")
    with pytest.raises(UserError, match="action='continuous'"):
        as_agent(points, vector_env(2))


def test_a_model_of_slots_and_one_of_points_play_where_actions_are_points(scalar_env, vector_env):
    env = vector_env(2, action="continuous")
    observation, _ = env.reset(seed=0)
    points = SAC("MultiInputPolicy", scalar_env(action="continuous"), buffer_size=50, device="cpu", seed=0)
    agent = as_agent(points, env)
    assert isinstance(agent, PolicyAgent)
    np.testing.assert_array_equal(
        agent.predict(observation)[0], points.predict(observation, deterministic=True)[0]
    )
    slots = PPO("MultiInputPolicy", scalar_env(), **PPO_SETTINGS)
    chosen, _ = slots.predict(observation, deterministic=True)
    actions, _ = as_agent(slots, env).predict(observation)
    assert isinstance(as_agent(slots, env), Agent)
    np.testing.assert_allclose(actions, 2 * observation["candidates"][np.arange(2), chosen] - 1)


def test_a_registered_factory_may_return_any_policy(vector_env):
    register_agent("last-free", lambda env, seed: LastFree())
    env = vector_env(2)
    observation, _ = env.reset(seed=0)
    actions, _ = make_agent("last-free", env).predict(observation, action_masks=env.action_masks())
    assert actions.tolist() == [9, 9]
