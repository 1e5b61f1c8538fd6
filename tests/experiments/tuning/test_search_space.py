"""The search space: choices and ranges of settings."""

import optuna
import pytest

from segue.agents import agent_info, agent_names
from segue.agents.registry import TRAINING_SETTINGS
from segue.agents.settings import default_settings
from segue.experiments.tuning.search_space import Choices, Range, built_in_spaces, read_space, space_of
from segue.features.errors import UserError


@pytest.mark.parametrize("agent", [name for name in agent_names() if agent_info(name).learned])
def test_every_learned_agent_has_a_space_that_includes_its_settings(agent):
    factory = agent_info(agent).load()
    settings = {**factory.setting_defaults, **default_settings(agent)}
    space = read_space(space_of(agent), settings)
    assert space.keys() <= {*TRAINING_SETTINGS, *factory.setting_names}
    for name, entry in space.items():
        if isinstance(entry, Choices):
            assert settings[name] in entry.values
        else:
            assert entry.low <= settings[name] <= entry.high


def test_spaces_belong_to_registered_agents():
    assert set(built_in_spaces()) <= set(agent_names())


def test_choices_and_ranges_are_extended_to_include_the_present_value():
    assert Range(1, 4).around(9) == Range(1, 9)
    assert Range(0.1, 0.4).around(0.2) == Range(0.1, 0.4)
    assert Choices((1, 2)).around(3) == Choices((1, 2, 3))
    assert Choices(([1], [2])).around([2]) == Choices(([1], [2]))


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ({"low": 0.01, "high": 0.05}, None),
        ({"low": 8, "high": 64}, [64, 32]),
        ({"low": 0, "high": 1}, True),
        ({"low": 0.001, "high": 1.0, "log": True}, 0.0),
    ],
)
def test_a_range_that_cannot_include_the_present_value_is_refused(entry, value):
    with pytest.raises(UserError, match="Search space, mine: its present value"):
        read_space({"mine": entry}, {"mine": value})


def test_suggested_values_survive_storage():
    space = read_space(
        {"a": [[64, 32], [8]], "b": {"low": 0.001, "high": 0.01, "log": True}, "c": {"low": 1, "high": 3}}, {}
    )
    for seed in range(20):
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
        trial = study.ask()
        chosen = {name: entry.suggest(trial, name) for name, entry in space.items()}
        assert chosen["a"] in ([64, 32], [8])
        assert 0.001 <= chosen["b"] <= 0.01
        assert chosen["c"] in (1, 2, 3)
        assert chosen == {name: entry.decode(trial.params[name]) for name, entry in space.items()}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ([], "list of choices"),
        (3, "list of choices"),
        ({"low": 2, "high": 1}, "low < high"),
        ({"low": 0, "high": 1, "log": True}, "above 0"),
        ({"low": "a", "high": 1}, "numbers"),
        ({"lo": 1, "high": 2}, "did you mean 'low'"),
    ],
)
def test_an_entry_that_is_neither_choices_nor_range_is_refused(entry, expected):
    with pytest.raises(UserError, match=expected):
        read_space({"gamma": entry}, {})
