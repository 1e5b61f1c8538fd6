"""Estimates by models of values, and all estimators against the simulator's truth."""

import numpy as np
import pytest

from segue.agents import make_agent
from segue.agents.epsilon_greedy import EpsilonGreedy
from segue.experiments.off_policy import (
    LoggedSessions,
    doubly_robust,
    estimate_value,
    fitted_q_evaluation,
    target_probabilities,
)
from segue.experiments.off_policy.candidate_features import session_features
from segue.experiments.off_policy.estimate_value import ESTIMATORS
from segue.experiments.runs.batches import make_batch
from segue.experiments.runs.evaluate import evaluate
from segue.features.errors import UserError

ID = "segue/Playlist-v0"
SETTINGS = {"catalog": "synthetic:80", "pool_size": 6, "length": 4}
UNBIASED = ("IS", "PDIS", "DR")


def chain(sessions=400, seed=0):
    """Two plays of two actions; the reward is 2 for action 1, plus 3 in the second play after action 1.

    The target always takes action 1, which is worth 2 + 2 + 3; the log takes it with probability 0.6.
    """
    rng = np.random.default_rng(seed)
    actions = (rng.random((sessions, 2)) < 0.6).astype(int)
    rewards = 2.0 * actions
    rewards[:, 1] += 3.0 * actions[:, 0]
    state = np.zeros((sessions, 2, 2), np.float32)
    state[:, 1, 0], state[:, 1, 1] = 1.0, actions[:, 0]
    flat = actions.ravel()
    return LoggedSessions(
        observations={"state": state.reshape(-1, 2)},
        masks=np.ones((2 * sessions, 2), bool),
        actions=flat,
        rewards=rewards.ravel() + rng.normal(0, 0.1, 2 * sessions),
        propensities=np.where(flat == 1, 0.6, 0.4),
        lengths=np.full(sessions, 2),
    )


def features(observations):
    """The state, the action, and both together, so that a linear model is right."""
    state = observations["state"]
    action = np.broadcast_to(np.array([0.0, 1.0])[None, :, None], (len(state), 2, 1))
    states = np.broadcast_to(state[:, None], (len(state), 2, 2))
    return np.concatenate([states, action, states * action], axis=2)


ALWAYS_1 = np.tile([0.0, 1.0], (800, 1))


@pytest.mark.parametrize("estimate", [fitted_q_evaluation, doubly_robust])
def test_a_model_that_is_right_finds_the_value(estimate):
    found = estimate(chain(), ALWAYS_1, features=features)
    assert found.estimate == pytest.approx(7.0, abs=0.1)
    assert found.low < 7.0 < found.high
    assert found.high - found.low < 0.2


def test_the_discount_counts_what_follows():
    found = fitted_q_evaluation(chain(), ALWAYS_1, features=features, discount=0.5)
    assert found.estimate == pytest.approx(2.0 + 0.5 * 5.0, abs=0.1)


def test_the_doubly_robust_estimate_is_right_where_the_model_is_wrong():
    def blind(observations):
        return np.zeros((len(observations["state"]), 2, 1))

    values = [doubly_robust(chain(seed=seed), ALWAYS_1, features=blind).estimate for seed in range(40)]
    assert np.mean(values) == pytest.approx(7.0, abs=4 * np.std(values) / np.sqrt(40))
    wrong = fitted_q_evaluation(chain(), ALWAYS_1, features=blind)
    assert abs(wrong.estimate - 7.0) > 1.0
    right = [doubly_robust(chain(seed=seed), ALWAYS_1, features=features).estimate for seed in range(40)]
    assert np.std(right) < 0.3 * np.std(values)


def test_a_candidate_is_described_by_its_duration_where_it_is_observed():
    env = make_batch("segue/Session-v0", {"catalog": "synthetic:60", "pool_size": 5, "length": 4}, 3)
    observation, _ = env.reset(seed=0)
    described = session_features(observation)
    assert (described == observation["durations"][:, :, None]).all(axis=(0, 1)).any()
    del observation["durations"]
    assert session_features(observation).shape[2] < described.shape[2]


def test_a_single_session_cannot_be_cross_fitted():
    log = chain(1)
    with pytest.raises(UserError, match="give it two or more"):
        doubly_robust(log, ALWAYS_1[:2], features=features)
    assert np.isnan(fitted_q_evaluation(log, ALWAYS_1[:2], features=features).low)


@pytest.fixture(scope="module")
def against_the_truth(recorded_log):
    """Estimates of many logs, and the true value of the target."""

    def target(env):
        return EpsilonGreedy(make_agent("smooth", env), 0.2, 5)

    sessions, _ = evaluate(target, ID, SETTINGS, range(10**6, 10**6 + 8000))
    env = make_batch(ID, SETTINGS, 1)
    logs = [recorded_log(seed=seed) for seed in range(12)]
    return sessions["return"].mean(), [estimate_value(log, target(env)) for log in logs]


def test_the_estimates_agree_with_playing_the_target(against_the_truth):
    true, tables = against_the_truth
    assert tables[0]["estimator"].tolist() == list(ESTIMATORS)
    values = np.array([table["value"] for table in tables])
    error = values.std(axis=0, ddof=1) / np.sqrt(len(tables))
    bias = dict(zip(ESTIMATORS, values.mean(axis=0) - true, strict=True))
    for name, size in zip(ESTIMATORS, error, strict=True):
        assert abs(bias[name]) < 4 * size + (0 if name in UNBIASED else 0.05 * true), name
    covered = np.mean([(table["low"] <= true) & (true <= table["high"]) for table in tables])
    assert covered > 0.8


def test_weighting_each_reward_and_models_reduce_the_spread(against_the_truth):
    _, tables = against_the_truth
    widths = dict(
        zip(ESTIMATORS, np.mean([table["high"] - table["low"] for table in tables], axis=0), strict=True)
    )
    assert widths["IS"] > widths["PDIS"] > widths["DR"]


def test_a_target_with_a_memory_is_told_what_was_logged(recorded_log):
    log = recorded_log(40, agent="linear-bandit", epsilon=0.3)
    env = make_batch(ID, SETTINGS, 1)
    target = target_probabilities(log, EpsilonGreedy(make_agent("linear-bandit", env), 0.3))
    assert target[np.arange(len(log.actions)), log.actions] == pytest.approx(log.propensities)
