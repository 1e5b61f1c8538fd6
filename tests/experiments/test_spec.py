"""The address of a run follows from all that decides its numbers, and from nothing else."""

import dataclasses

import pytest

from segue.experiments.commands.training import parse_settings
from segue.experiments.spec import RunSpec, fingerprints, slug
from segue.features.errors import UserError

SPEC = RunSpec("segue/Playlist-v0", "dqn", seed=3, episodes=10, first_episode=100, steps=500)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 4},
        {"episodes": 11},
        {"first_episode": 101},
        {"steps": 501},
        {"agent": "maskable-ppo"},
        {"agent_settings": {"gamma": 0.9}},
        {"environment_settings": {"length": 7}},
        {"test_split": "test"},
        {"deterministic": False},
        {"data": {"catalog": "abc"}},
    ],
)
def test_what_decides_the_numbers_changes_the_address(change):
    assert dataclasses.replace(SPEC, **change).key != SPEC.key


def test_labels_do_not_change_the_address():
    assert dataclasses.replace(SPEC, agent_label="ours", environment_label="x").key == SPEC.key


def test_the_order_of_settings_does_not_matter():
    one = dataclasses.replace(SPEC, agent_settings={"a": 1, "b": 2})
    assert one.key == dataclasses.replace(SPEC, agent_settings={"b": 2, "a": 1}).key


def test_splits_reach_the_environment():
    spec = dataclasses.replace(
        SPEC, environment_settings={"length": 7}, train_split="train", test_split="test"
    )
    assert spec.train_settings == {"length": 7, "split": "train"}
    assert spec.test_settings == {"length": 7, "split": "test"}
    assert SPEC.test_settings == {}


def test_a_file_that_settings_name_is_fingerprinted_by_its_content(tmp_path):
    listener = tmp_path / "mine.yaml"
    listener.write_text("bias: 1")
    settings = {"listener": {"base": str(listener)}, "catalog": "demo"}
    before = fingerprints(settings)
    assert list(before) == [str(listener)]
    listener.write_text("bias: 2")
    assert fingerprints(settings) != before


def test_folder_names_are_plain():
    assert slug("Deep Q (64)") == "deep-q-64"
    assert slug("Öl/..") == "l"
    assert SPEC.folder_name.startswith("environment--agent--seed3--")


def test_settings_on_the_command_line_are_yaml():
    pairs = ("pool_size=30", "split=test", "listener={preset: full}", "catalog=a=b")
    expected = {"pool_size": 30, "split": "test", "listener": {"preset": "full"}, "catalog": "a=b"}
    assert parse_settings(pairs) == expected
    with pytest.raises(UserError, match="KEY=VALUE"):
        parse_settings(("length",))
    with pytest.raises(UserError, match="YAML"):
        parse_settings(("length=[3",))
