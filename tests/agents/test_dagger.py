"""What a student of the planner learns, and what it may not lean on."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th

from segue.agents import load_agent, make_agent, train_agent
from segue.agents.imitation.expert_rollouts import Expert, ExpertRollouts
from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.scorer import CandidateScorer, ScorerSettings
from segue.agents.networks.session_estimator import SessionEstimator
from segue.agents.trained.scorer_agent import LearnedAgent
from segue.features.errors import UserError

ENV = "segue/Playlist-v0"
SMALL = {"catalog": "synthetic:400", "pool_size": 10, "length": 6}
QUICK = {"num_envs": 32, "batch_size": 64, "hidden": [16], "time_basis": 0, "soft_clusters": 0}


def lessons(env, expert=None, **settings):
    th.manual_seed(0)
    observation_spec = ObservationSpec.from_layout(env.unwrapped.layout)
    learner = CandidateScorer(observation_spec, ScorerSettings(hidden=(16,), **settings))
    env.reset(seed=0)
    return ExpertRollouts(env.unwrapped, learner, expert or Expert(), np.random.default_rng(0))


def test_a_round_labels_every_choice_of_every_session_once(vector_env):
    env = vector_env(20)
    steps = list(lessons(env, use_session_estimates=True))
    finished = [statistics for step in steps for statistics in step.finished]
    assert len(finished) == 20
    assert sum(len(step.expert_probs) for step in steps) == sum(statistics["l"] for statistics in finished)
    assert env.unwrapped.sessions.state.ended.all()
    for step in steps:
        np.testing.assert_allclose(step.expert_probs.sum(axis=1), 1.0, rtol=1e-5)
        assert not step.expert_probs[step.observation["available"] < 0.5].any()


def test_a_firm_teacher_advises_what_is_worth_most(vector_env):
    (step,) = lessons(vector_env(20, length=1), Expert(candidates=10, temperature=1e-6))
    # The last track of a session needs no plan: the best is the one with the highest expected reward.
    env = vector_env(20, length=1)
    env.reset(seed=0)
    best = env.unwrapped.sessions.expected_reward().argmax(axis=1)
    assert np.array_equal(step.expert_probs.argmax(axis=1), best)


def test_the_memory_of_a_lesson_is_that_of_the_trained_agent(vector_env):
    """What the student is shown while it learns is what it will know when it plays alone."""
    env = vector_env(6)
    taught = lessons(env, use_session_estimates=True)
    steps = list(taught)
    agent_env = vector_env(6)
    observation, _ = agent_env.reset(seed=0)
    agent = LearnedAgent("dagger", taught._learner, samples=False)
    state, running, starts = None, np.ones(6, bool), np.ones(6, bool)
    assert len(steps) > 2
    for step in steps:
        slots, state = agent.predict(observation, state, starts)
        shown = state.session_estimates(observation)[running]
        np.testing.assert_allclose(shown, step.observation["session_estimates"], atol=1e-5)
        observation, _, ended, cut, _ = agent_env.step(slots)
        starts = ended | cut
        running &= ~starts


def test_it_comes_near_its_teacher_and_beats_every_rule_on_unseen_listeners(returns):
    settings = {"catalog": "demo", "pool_size": 20, "length": 12}
    agent = train_agent(
        "dagger",
        "segue/Rebound-v0",
        {**settings, "split": "train"},
        seed=0,
        steps=12_000,
        settings={"num_envs": 128, "buffer_rounds": 4},
    )
    earned = {}
    for name in ("dagger", "random", "content", "greedy-oracle"):
        env = gym.make_vec(
            "segue/Rebound-v0", 150, vectorization_mode="vector_entry_point", **settings, split="test"
        )
        player = agent if name == "dagger" else make_agent(name, env, seed=0)
        earned[name] = returns(player, env, range(150)).mean()
    assert earned["dagger"] > max(earned["random"], earned["content"])
    assert earned["dagger"] - earned["random"] > 0.3 * (earned["greedy-oracle"] - earned["random"])


def test_a_saved_student_goes_on_learning_of_its_listener(tmp_path, vector_env):
    agent = train_agent("dagger", ENV, SMALL, seed=0, steps=256, settings=QUICK)
    agent.save(tmp_path / "agent.pt")
    env = vector_env(4, pool_size=15, length=9)
    loaded = load_agent(tmp_path / "agent.pt", env)
    observation, _ = env.reset(seed=1)
    states, starts = [None, None], np.ones(4, bool)
    for _ in range(6):
        (slots, states[0]), (again, states[1]) = (
            each.predict(observation, state, starts)
            for each, state in zip((agent, loaded), states, strict=True)
        )
        assert np.array_equal(slots, again)
        observation, _, ended, cut, _ = env.step(slots)
        starts = ended | cut
    assert np.array_equal(states[0].mean, states[1].mean)


def test_asking_twice_changes_nothing(vector_env):
    agent = train_agent("dagger", ENV, SMALL, seed=0, steps=256, settings=QUICK)
    env = vector_env(3)
    observation, _ = env.reset(seed=1)
    slots, state = agent.predict(observation)
    observation, *_ = env.step(slots)
    first, after = agent.predict(observation, state)
    again, after_again = agent.predict(observation, state)
    assert np.array_equal(first, again)
    assert np.array_equal(after.mean, after_again.mean)
    single = {key: value[:1] for key, value in observation.items()}
    alone = SessionEstimator(after.steps[:1], after.mean[:1], after.covariance[:1], after.played[:1])
    shown = agent.explain(single, alone)
    assert shown["score"].idxmax() == first[0]


@pytest.mark.parametrize("setting", [{"buffer_rounds": 0}, {"temperature": 0.0}, {"candidates": 0}])
def test_settings_without_sense_are_refused(setting):
    with pytest.raises(UserError, match="Agent 'dagger' needs"):
        train_agent("dagger", ENV, SMALL, seed=0, steps=256, settings={**QUICK, **setting})


def test_only_the_student_keeps_a_memory():
    with pytest.raises(UserError, match="use_session_estimates"):
        train_agent("ppo", ENV, SMALL, seed=0, steps=256, settings={"use_session_estimates": True})


def test_it_teaches_slots_and_not_points():
    with pytest.raises(UserError, match="Agent 'dagger' cannot be built"):
        train_agent("dagger", "segue/PlaylistContinuous-v0", SMALL, seed=0, steps=256, settings=QUICK)
