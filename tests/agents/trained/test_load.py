"""Saved agents: what is loaded chooses as what was saved, and other files are refused."""

import numpy as np
import pytest
import torch as th

from segue.agents import load_agent
from segue.features.errors import UserError

LEARNED = ("maskable-ppo", "ppo", "recurrent-ppo", "a2c", "dagger", "dqn", "qrdqn", "sac")


@pytest.mark.parametrize("name", LEARNED)
def test_a_loaded_agent_chooses_as_the_saved_one_in_other_pools(name, train, tmp_path, vector_env):
    agent = train(name, steps=256)
    agent.save(tmp_path / "agent.pt")
    env_id = "segue/PlaylistContinuous-v0" if name == "sac" else "segue/Playlist-v0"
    other = vector_env(6, env_id, catalog="synthetic:300:5", pool_size=17, length=9)
    loaded = load_agent(tmp_path / "agent.pt", other)
    assert type(loaded) is type(agent)
    assert loaded.name == name
    assert loaded.curve.empty
    observation, _ = other.reset(seed=0)
    states, starts = [None, None], np.ones(6, bool)
    for _ in range(5):
        (actions, states[0]), (same, states[1]) = (
            each.predict(observation, state, starts)
            for each, state in zip((agent, loaded), states, strict=True)
        )
        np.testing.assert_array_equal(actions, same)
        if name != "sac":
            assert observation["available"][np.arange(6), actions].all()
        observation, _, terminated, truncated, _ = other.step(actions)
        starts = terminated | truncated
    if name == "dagger":
        assert np.array_equal(states[0].estimator.mean, states[1].estimator.mean)


def test_a_scorer_that_knows_no_durations_plays_as_before_where_they_are_observed(
    train, tmp_path, vector_env
):
    train("dagger", steps=64, env_settings={"observe_durations": False}).save(tmp_path / "agent.pt")
    with_durations, without = (vector_env(5, observe_durations=observed) for observed in (True, False))
    choices = [
        load_agent(tmp_path / "agent.pt", env).predict(env.reset(seed=1)[0])[0]
        for env in (with_durations, without)
    ]
    assert choices[0].tolist() == choices[1].tolist()
    train("dagger", steps=64).save(tmp_path / "knows.pt")
    with pytest.raises(UserError, match="other tables: this environment lacks durations"):
        load_agent(tmp_path / "knows.pt", without)


def test_a_loaded_agent_plays_on_flat_observations(train, tmp_path, vector_env):
    agent = train("dagger", steps=64)
    agent.save(tmp_path / "agent.pt")
    tables, flat = vector_env(5), vector_env(5, observation="flat")
    loaded = load_agent(tmp_path / "agent.pt", flat)
    expected, _ = agent.predict(tables.reset(seed=1)[0])
    assert loaded.predict(flat.reset(seed=1)[0])[0].tolist() == expected.tolist()


def test_an_agent_is_refused_where_the_features_differ(train, tmp_path, vector_env):
    train("dqn", steps=64).save(tmp_path / "agent.pt")
    env = vector_env(2)
    names = env.layout.feature_names
    env.layout.feature_names = (*names[1:], "warmth")
    with pytest.raises(UserError, match=rf"lacks {names[0]} and the agent never saw warmth"):
        load_agent(tmp_path / "agent.pt", env)


def test_an_agent_of_points_is_refused_where_actions_are_slots(train, tmp_path, vector_env):
    train("sac", steps=64).save(tmp_path / "agent.pt")
    with pytest.raises(UserError, match="action='continuous'"):
        load_agent(tmp_path / "agent.pt", vector_env(2))


def test_files_that_are_not_agents_are_refused(tmp_path, vector_env):
    with pytest.raises(UserError, match="no trained agent"):
        load_agent(tmp_path / "none.pt", vector_env(2))
    (tmp_path / "text.pt").write_text("not an agent")
    with pytest.raises(UserError, match=r"text\.pt"):
        load_agent(tmp_path / "text.pt", vector_env(2))
    for content in ({"weights": th.zeros(2)}, {"format": ["a list"]}, [1, 2]):
        th.save(content, tmp_path / "other.pt")
        with pytest.raises(UserError, match=r"other\.pt.*not a trained agent"):
            load_agent(tmp_path / "other.pt", vector_env(2))


@pytest.mark.parametrize(
    "file_format",
    ["segue agent, version 1", "segue agent around a model, version 1", "segue agent that points, version 1"],
)
def test_agents_of_segue_0_1_are_refused_in_one_sentence(file_format, tmp_path, vector_env):
    th.save({"format": file_format, "name": "dqn", "weights": th.zeros(2)}, tmp_path / "agent.pt")
    with pytest.raises(UserError) as error:
        load_agent(tmp_path / "agent.pt", vector_env(2))
    assert "was saved by segue 0.1" in str(error.value)
    assert "train the agent again" in str(error.value)
    assert str(error.value).count(". ") == 0
