"""Errors speak of keys and values as they are written, not of classes and validators."""

import re
from pathlib import Path

import pytest

from segue.experiments.study.loader import parse_study
from segue.experiments.study.plan import plan_runs
from segue.features.errors import UserError

STUDY = """\
name: n
environments: [{id: segue/Playlist-v0, settings: {catalog: "synthetic:60", pool_size: 6, length: 4}}]
agents: [{name: random}, {name: dqn, steps: 10}, {name: greedy-oracle}]
training: {seeds: 1}
evaluation: {episodes: 20, deterministic: true}
"""


def refused(old: str, new: str) -> str:
    assert old in STUDY
    with pytest.raises(UserError) as caught:
        plan_runs(parse_study(STUDY.replace(old, new), Path("s.yaml")))
    message = str(caught.value)
    assert not re.search(r"Config\b|validat|instance|dictionary|valid string|Input|input should", message)
    return message


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{name: random}", "x", "agents[0]: must be a mapping of keys to values, such as {name: random}"),
        ("[{name: random}, {name: dqn, steps: 10}, {name: greedy-oracle}]", "[{name: random}]",
         "agents: needs 2 or more entries, but has 1"),
        ("evaluation: {episodes: 20, deterministic: true}", "evaluation: 20",
         "evaluation: must be a mapping of keys to values (it is 20)"),
        ("evaluation: {episodes: 20, deterministic: true}", "evaluation:", "(it is empty)"),
        ("name: n", "name: 020", "name: must be text; put it in quotes (it is 20)"),
        ("name: n", "name: ''", "name: must not be empty"),
        ("steps: 10", "steps: true", "agents[1].steps: must be a whole number (it is true)"),
        ("steps: 10", "steps: 1.5", "agents[1].steps: must be a whole number (it is 1.5)"),
        ("steps: 10", "steps: 1:20", "agents[1].steps: must be a whole number (it is '1:20')"),
        ("steps: 10", "steps: 0", "agents[1].steps: must be at least 1 (it is 0)"),
        ("true}", "'no'}", "evaluation.deterministic: must be true or false (it is 'no')"),
        ("true}", "true, split: all}", "evaluation.split: must be 'train' or 'test' (it is 'all')"),
        ("seeds: 1", "seeds: many", "training.seeds: must be a list or a number (it is 'many')"),
        ("steps: 10", "stepps: 10", "unknown key `stepps`; did you mean `steps`?"),
        ("steps: 10", "settings: 5", "must be a mapping of keys to values, such as {learning_rate: 0.001}"),
    ],
)  # fmt: skip
def test_the_message_says_what_to_write(old, new, expected):
    assert expected in refused(old, new)


def test_tables_with_titles_of_one_file_name_are_refused():
    tables = "\ntables: [{title: Score (%), value: score}, {title: Score %, value: score}]\n"
    message = refused("true}\n", "true}" + tables)
    assert "tables[1].title: the titles 'Score (%)' and 'Score %' give files of one name" in message


def test_labels_of_one_file_name_with_the_same_settings_are_refused():
    entries = "{name: smooth, label: Smooth (1)}, {name: smooth, label: 'Smooth [1]'}"
    message = refused("{name: random}", "{name: random}, " + entries)
    assert "'Smooth (1)' and 'Smooth [1]' have the same settings" in message


def test_an_unwritten_anchor_is_not_named_as_a_key():
    study = STUDY.replace("{name: greedy-oracle}", "{name: oracle}")
    assert parse_study(study, Path("s.yaml")).config.evaluation.upper == "oracle"
    message = refused("{name: greedy-oracle}", "{name: smooth}")
    assert message.startswith("s.yaml, line 3, agents: there is no agent label 'greedy-oracle' here")
    assert "add `- name: greedy-oracle`" in message
    assert "evaluation.upper:" in refused("true}", "true, upper: orakel}")


def test_registrations_of_a_script_are_named_by_their_module():
    assert "as in `my_module:Loudest`" in refused("name: dqn", "name: loudest")
    assert "as in `my_module:me/Name-v0`" in refused("segue/Playlist-v0", "me/Mine-v0")


def test_long_values_are_not_repeated():
    for old in ("n\n", "segue/Playlist-v0", "synthetic:60", "dqn", "seeds: 1"):
        new = ("x" * 10_000) + ("\n" if old.endswith("\n") else "")
        assert len(refused(old, f"seeds: {new}" if "seeds" in old else new)) < 900


def test_a_file_of_another_kind_is_refused_soon():
    keys = [f"k{number}" for number in range(5000)]
    with pytest.raises(UserError) as raised:
        parse_study("\n".join(f"{key}: 1" for key in keys), Path("other.yaml"))
    *named, rest = str(raised.value).split("\n")
    assert len(named) == 20
    assert rest == f"… and {len(keys) + 3 - len(named)} more"  # name, environments and agents are missing too
