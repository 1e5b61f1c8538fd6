"""Planners maximise the expectation of the reward that is paid, or are told that there is none."""

import sys
import types

import numpy as np
import pytest

from segue.agents import make_agent
from segue.agents.oracles.planning.beam_search import plan_value
from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting
from segue.features.errors import UserError

# The utility of a play depends on no noise, so that the value of a plan is exact.
LEAVING = {
    "terms": {"taste": {"weight": 2.0}, "peak_end": {}},
    "departure": {"a": -1.5, "b": 0.0, "c": 0.0},
}


def begin(batch=4, **settings):
    defaults = {"catalog": "synthetic:400", "pool_size": 12, "length": 6, "listener": LEAVING}
    setting = build_setting(**{**defaults, **settings})
    sessions = Sessions(setting, [np.random.default_rng(row) for row in range(batch)])
    sessions.begin(np.arange(batch))
    return sessions


def quick_skips(sessions, step):
    """Costs 1 for every skip."""
    return -1.0 * step.skipped


@pytest.fixture
def custom_rewards(monkeypatch):
    module = types.ModuleType("custom_rewards")

    def planned_skips(sessions, step):
        return -1.0 * step.skipped

    planned_skips.expected = lambda sessions, plays: plays.response.completion(plays.utility) - 1.0
    module.quick_skips, module.planned_skips = quick_skips, planned_skips
    monkeypatch.setitem(sys.modules, "custom_rewards", module)


@pytest.mark.parametrize(
    "reward", ["completion", "completed", "utility", "peak_end", "custom_rewards:planned_skips"]
)
def test_the_value_of_a_plan_is_the_mean_return_over_the_noise(reward, custom_rewards):
    sessions, draws = begin(reward=reward), 4000
    plans = np.tile(np.arange(6), (4, 1))
    rows = np.repeat(np.arange(4), draws)
    batch, total = sessions.repeat(rows, rng=np.random.default_rng(1)), np.zeros(len(rows))
    for k in range(6):
        running = ~batch.state.ended
        total += np.where(running, batch.step(plans[rows, k]).reward, 0.0)
    played = total.reshape(4, draws)
    error = played.std(axis=1) / np.sqrt(draws)
    assert (np.abs(plan_value(sessions, plans[:, None])[:, 0] - played.mean(axis=1)) < 4 * error + 1e-3).all()


def test_the_expected_change_of_the_memory_is_that_of_each_play():
    sessions = begin(reward="peak_end", listener={**LEAVING, "departure": {"never": True}})
    sessions.step(np.zeros(4, int))
    sessions.step(np.ones(4, int))
    term = sessions.terms["peak_end"]
    before, expected = term.peak_end(sessions.state_of("peak_end")), sessions.expected_reward()
    assert (expected > 0).any()
    assert (expected < 0).any()
    for slot in range(2, 6):
        copy = sessions.repeat(np.arange(4))
        copy.step(np.full(4, slot))
        after = term.peak_end(copy.state_of("peak_end"))
        assert np.allclose(expected[:, slot], after - before)


def test_a_reward_without_an_expectation_is_played_but_not_planned_for(small_vector, custom_rewards):
    env = small_vector(2, reward="custom_rewards:quick_skips")
    observation, _ = env.reset(seed=0)
    assert not env.unwrapped.sessions.setting.has_expected_reward
    slots, _ = make_agent("random", env).predict(observation)
    for name in ("greedy-oracle", "oracle", "belief-planner"):
        with pytest.raises(UserError, match="'custom_rewards:quick_skips' states no expectation"):
            make_agent(name, env).predict(observation)
    assert set(env.step(slots)[1]) <= {-1.0, 0.0}


def test_a_stated_expectation_is_planned_for(small_vector, custom_rewards):
    env = small_vector(8, reward="custom_rewards:planned_skips")
    observation, _ = env.reset(seed=0)
    sessions = env.unwrapped.sessions
    slots, _ = make_agent("greedy-oracle", env).predict(observation)
    # Skips are least likely where the utility is highest.
    assert np.array_equal(slots, sessions.utility().argmax(axis=1))
