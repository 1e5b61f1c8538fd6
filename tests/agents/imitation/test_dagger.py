"""DAgger: the expert's labels, and the agent that learns from them."""

import numpy as np
import pytest
import torch as th

from segue.agents import make_agent, train_agent
from segue.agents.imitation.expert_rollouts import Expert, ExpertRollouts
from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.scorer import CandidateScorer, ScorerSettings
from segue.agents.trained.scorer_agent import ScorerAgent
from segue.features.errors import UserError

INPUTS = {"use_session_estimates": True, "play_history": True, "soft_clusters": 3}


def expert_rollouts(env, expert=None, **settings):
    """Resets the environment and lets an untrained learner play one round."""
    th.manual_seed(0)
    observation_spec = ObservationSpec.from_layout(env.unwrapped.layout)
    learner = CandidateScorer(observation_spec, ScorerSettings(hidden=(16,), **settings))
    env.reset(seed=0)
    return ExpertRollouts(env.unwrapped, learner, expert or Expert(), np.random.default_rng(0))


def test_a_round_labels_every_choice_of_every_session_once(vector_env):
    env = vector_env(20)
    steps = list(expert_rollouts(env, **INPUTS))
    finished = [statistics for step in steps for statistics in step.finished]
    assert len(finished) == 20
    assert sum(len(step.expert_probs) for step in steps) == sum(statistics["l"] for statistics in finished)
    assert env.unwrapped.sessions.state.ended.all()
    for step in steps:
        np.testing.assert_allclose(step.expert_probs.sum(axis=1), 1.0, rtol=1e-5)
        assert not step.expert_probs[step.observation["available"] < 0.5].any()


def test_at_a_low_temperature_the_expert_chooses_the_best_candidate(vector_env):
    (step,) = expert_rollouts(vector_env(20, length=1), Expert(n_candidates=10, temperature=1e-6))
    # The last track of a session needs no plan: the best is the one with the highest expected reward.
    env = vector_env(20, length=1)
    env.reset(seed=0)
    best = env.unwrapped.sessions.expected_reward().argmax(axis=1)
    assert np.array_equal(step.expert_probs.argmax(axis=1), best)


def test_the_inputs_in_training_are_those_of_the_trained_agent(vector_env):
    env = vector_env(6)
    rollouts = expert_rollouts(env, **INPUTS)
    steps = list(rollouts)
    agent_env = vector_env(6)
    observation, _ = agent_env.reset(seed=0)
    agent = ScorerAgent("dagger", rollouts._learner, samples=False)
    state, running, starts = None, np.ones(6, bool), np.ones(6, bool)
    assert len(steps) > 2
    for step in steps:
        slots, state = agent.predict(observation, state, starts)
        shown = state.extend(observation)
        for key in ("session_estimates", "plays"):
            np.testing.assert_allclose(shown[key][running], step.observation[key], atol=1e-5)
        observation, _, ended, cut, _ = agent_env.step(slots)
        starts = ended | cut
        running &= ~starts


def test_it_beats_the_baselines_on_unseen_listeners(vector_env, returns):
    settings = {"catalog": "demo", "pool_size": 20, "length": 12}
    agent = train_agent(
        "dagger",
        "segue/Rebound-v0",
        {**settings, "split": "train"},
        seed=0,
        steps=12_000,
        settings={"num_envs": 128, "buffer_rounds": 4, "n_epochs": 2},
    )
    env = vector_env(600, "segue/Rebound-v0", **settings, split="test")
    agents = {name: make_agent(name, env, seed=0) for name in ("random", "content", "greedy-oracle")}
    earned = {
        name: returns(each, env, range(600)).mean() for name, each in {**agents, "dagger": agent}.items()
    }
    assert earned["dagger"] > max(earned["random"], earned["content"])
    assert earned["dagger"] - earned["random"] > 0.3 * (earned["greedy-oracle"] - earned["random"])


def test_predict_and_explain_leave_the_state_unchanged(train, vector_env):
    agent = train("dagger", steps=256)
    env = vector_env(3)
    observation, _ = env.reset(seed=1)
    slots, state = agent.predict(observation)
    observation, *_ = env.step(slots)
    first, after = agent.predict(observation, state)
    second, after_second = agent.predict(observation, state)
    assert np.array_equal(first, second)
    assert np.array_equal(after.estimator.mean, after_second.estimator.mean)
    single = {key: value[:1] for key, value in observation.items()}
    shown = agent.explain(single, after.rows(np.array([0])))
    assert shown["score"].idxmax() == first[0]


@pytest.mark.parametrize("setting", [{"buffer_rounds": 0}, {"temperature": 0.0}, {"n_candidates": 0}])
def test_settings_out_of_range_are_refused(setting, train):
    with pytest.raises(UserError, match="Agent 'dagger' needs"):
        train("dagger", steps=256, **setting)
