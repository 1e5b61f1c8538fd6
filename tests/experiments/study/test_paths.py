"""Dotted paths, as `vary` and `--set` use them."""

from pathlib import Path

import pytest

from segue.experiments.study.file_format.paths import set_value
from segue.experiments.study.loader import parse_study
from segue.features.errors import UserError

STUDY = """\
x-sizes: &sizes {pool_size: 20}
name: small
environments:
  - {id: segue/Playlist-v0, settings: *sizes}
  - {id: segue/Session-v0, label: real, settings: {<<: *sizes, length: 5}}
agents:
  - name: random
  - {name: dqn, steps: 500}
  - name: greedy-oracle
"""


def changed(**changes):
    return parse_study(STUDY, Path("s.yaml"), {name.replace("__", "."): v for name, v in changes.items()})


def test_anchors_have_a_place_and_stay_separate():
    config = parse_study(STUDY, Path("s.yaml")).config
    assert [each.settings for each in config.environments] == [
        {"pool_size": 20},
        {"pool_size": 20, "length": 5},
    ]


def test_values_are_set_by_key_position_label_and_for_all():
    config = changed(
        training__steps=7,
        agents__dqn__steps=8,
        agents__1__settings__gamma=0.5,
        environments__real__settings__length=9,
        environments__Playlist__settings__length=3,
    ).config
    assert config.training.steps == 7
    assert (config.agents[1].steps, config.agents[1].settings) == (8, {"gamma": 0.5})
    assert [each.settings["length"] for each in config.environments] == [3, 9]
    both = parse_study(STUDY, Path("s.yaml"), {"environments.*.settings.pool_size": 4}).config
    assert [each.settings["pool_size"] for each in both.environments] == [4, 4]


def test_the_kept_text_is_that_of_the_changed_study():
    study = parse_study(STUDY, Path("s.yaml"), {"training.steps": 7, "description": "1e5"})
    again = parse_study(study.text, Path("again.yaml"))
    assert again.config == study.config
    assert again.config.description == "1e5"


def test_a_path_into_the_listener_changes_that_of_the_environment():
    path = "environments.*.settings.listener.terms.taste.weight"
    first, second = parse_study(STUDY, Path("s.yaml"), {path: 2}).config.environments
    assert first.settings["listener"] == {"preset": "full", "terms": {"taste": {"weight": 2}}}
    assert second.settings["listener"]["preset"] == "session"
    varied = STUDY.replace("settings: *sizes}", "vary: {settings.listener.bias: [0, 1]}}")
    listeners = [
        each.settings["listener"] for each in parse_study(varied, Path("s.yaml")).config.environments[:2]
    ]
    assert listeners == [{"preset": "full", "bias": 0}, {"preset": "full", "bias": 1}]
    with pytest.raises(UserError, match="needs a listener to change"):
        parse_study(varied.replace("segue/Playlist-v0", "me/X-v0"), Path("s.yaml"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("agents.dqm.steps", "there is no entry `dqm`; name one of random, dqn, greedy-oracle"),
        ("agents.9.steps", "there is no entry `9`"),
        ("name.x", "`name` is not a mapping"),
        ("agents.dqn.steps.x", "`steps` is not a mapping"),
        ("trainin.steps", "unknown key `trainin`; did you mean `training`?"),
    ],
)
def test_a_wrong_path_is_refused(path, expected):
    with pytest.raises(UserError) as caught:
        parse_study(STUDY, Path("s.yaml"), {path: 1})
    assert expected in str(caught.value)


def test_mappings_are_merged_and_other_values_replaced():
    holder = {"a": {"b": {"c": 1}, "d": [1]}}
    set_value(holder, "a.b", {"e": 2})
    set_value(holder, "a.d.0", 5)
    set_value(holder, "f.g", None)
    assert holder == {"a": {"b": {"c": 1, "e": 2}, "d": [5]}, "f": {"g": None}}
