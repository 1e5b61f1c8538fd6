"""The key of a model or run follows from everything that decides its numbers, and from nothing else."""

import dataclasses

import pytest

from segue.experiments.commands.training import parse_settings
from segue.experiments.runs.spec import ModelSpec, RunSpec, fingerprints, key_of, slug
from segue.features.errors import UserError

MODEL = ModelSpec("segue/Playlist-v0", "dqn", seed=3, steps=500)
RUN = RunSpec("segue/Playlist-v0", "dqn", seed=3, episodes=10, first_episode=100, model=MODEL)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 4},
        {"steps": 501},
        {"agent": "maskable-ppo"},
        {"agent_settings": {"gamma": 0.9}},
        {"environment": "segue/DJSet-v0"},
        {"environment_settings": {"length": 7}},
        {"data": {"catalog": "abc"}},
    ],
)
def test_a_change_of_the_training_changes_the_keys_of_model_and_run(change):
    other = dataclasses.replace(MODEL, **change)
    assert other.key != MODEL.key
    assert dataclasses.replace(RUN, model=other).key != RUN.key


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 4},
        {"episodes": 11},
        {"first_episode": 101},
        {"agent": "random", "model": None},
        {"agent_settings": {"horizon": 3}},
        {"environment_settings": {"split": "test"}},
        {"deterministic": False},
        {"order_sessions": 5},
        {"data": {"catalog": "abc"}},
    ],
)
def test_a_change_of_the_evaluation_changes_the_key_of_the_run(change):
    assert dataclasses.replace(RUN, **change).key != RUN.key


def test_runs_of_another_format_have_other_keys(monkeypatch):
    before = RUN.key, MODEL.key
    monkeypatch.setattr("segue.experiments.runs.spec.FORMAT", 99)
    assert RUN.key not in before
    assert MODEL.key not in before


def test_runs_from_before_durations_could_be_observed_keep_their_keys():
    added = {"environment_settings": {"observe_durations": False}}
    assert dataclasses.replace(MODEL, **added).key == MODEL.key
    assert dataclasses.replace(RUN, **added, validation_settings={"observe_durations": False}).key == RUN.key
    assert dataclasses.replace(MODEL, environment_settings={"observe_durations": True}).key != MODEL.key


def test_labels_do_not_change_the_key():
    named = dataclasses.replace(MODEL, agent_label="ours", environment_label="x")
    assert named.key == MODEL.key
    assert dataclasses.replace(RUN, agent_label="ours", environment_label="x", model=named).key == RUN.key


def test_the_order_of_settings_does_not_matter():
    one = dataclasses.replace(MODEL, agent_settings={"a": 1, "b": 2})
    assert one.key == dataclasses.replace(MODEL, agent_settings={"b": 2, "a": 1}).key


def test_a_model_trained_elsewhere_is_recognised():
    here = dataclasses.replace(MODEL, environment_label="here")
    assert not dataclasses.replace(RUN, environment_label="here", model=here).trained_elsewhere
    assert dataclasses.replace(RUN, environment_label="there", model=here).trained_elsewhere
    assert not dataclasses.replace(RUN, model=None).trained_elsewhere


def test_a_file_that_settings_name_is_fingerprinted_by_its_content(tmp_path):
    listener = tmp_path / "mine.yaml"
    listener.write_text("bias: 1")
    settings = {"listener": {"base": str(listener)}, "catalog": "demo"}
    before = fingerprints(settings)
    assert list(before) == [str(listener)]
    listener.write_text("bias: 2")
    assert fingerprints(settings) != before


def test_folder_names_are_readable_and_end_in_the_key():
    assert slug("Deep Q (64)") == "deep-q-64"
    assert slug("Öl/..") == "l"
    assert RUN.folder_name.startswith("environment--agent--seed3--")
    assert key_of(RUN.folder_name) == RUN.key


def test_settings_on_the_command_line_are_yaml():
    pairs = ("pool_size=30", "split=test", "listener={preset: full}", "catalog=a=b")
    expected = {"pool_size": 30, "split": "test", "listener": {"preset": "full"}, "catalog": "a=b"}
    assert parse_settings(pairs) == expected
    with pytest.raises(UserError, match="KEY=VALUE"):
        parse_settings(("length",))
    with pytest.raises(UserError, match="YAML"):
        parse_settings(("length=[3",))
