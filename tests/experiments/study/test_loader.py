"""A study file is parsed, or refused with the key, the line and a fix."""

from pathlib import Path

import pytest

from segue.experiments.study.loader import load_study, parse_study
from segue.features.errors import UserError

STUDY = """\
name: small
environments:
  - id: segue/Playlist-v0
    settings: {pool_size: 20}
agents:
  - name: random
  - name: dqn
    label: deep Q
    steps: 500
  - name: greedy-oracle
training:
  seeds: 3
evaluation:
  episodes: 10
"""


def refused(text: str) -> str:
    with pytest.raises(UserError) as caught:
        parse_study(text, Path("small.yaml"))
    return str(caught.value)


def test_defaults_and_short_forms_are_filled_in():
    study = parse_study(STUDY, Path("small.yaml")).config
    assert study.environments[0].label == "Playlist"
    assert [agent.label for agent in study.agents] == ["random", "deep Q", "greedy-oracle"]
    assert study.training.seeds == [0, 1, 2]
    assert study.evaluation.seeds() == range(2**32, 2**32 + 10)


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("seeds: 3", "sedes: 3", 12, "did you mean `seeds`?"),
        ("seeds: 3", "seeds: 0", 12, "at least 1"),
        ("seeds: 3", "seeds: [1, 1]", 12, "listed twice"),
        ("seeds: 3", "seeds: [1, -1]", 12, "training.seeds[1]"),
        ("steps: 500", "steps: many", 9, "agents[1].steps"),
        ("label: deep Q", "label: random", 7, "give each a different `label`"),
        ("name: small\n", "name: small\nname: other\n", 2, "twice"),
        ("episodes: 10", "episodes: 10\n  lower: randm", 15, "did you mean 'random'?"),
        ("episodes: 10", "episodes: 10\n  upper: random", 15, "two different agents"),
        ("- name: dqn", "- nme: dqn", 7, "did you mean `name`?"),
        ("settings: {pool", "settings: [pool", 4, "not YAML"),
    ],
)
def test_an_error_names_its_line(old, new, line, expected):
    message = refused(STUDY.replace(old, new))
    assert f"small.yaml, line {line}" in message
    assert expected in message


def test_all_errors_are_reported_at_once():
    message = refused(STUDY.replace("steps: 500", "steps: 0").replace("episodes: 10", "episodes: x"))
    assert [part.split(",")[1] for part in message.splitlines()] == [" line 9", " line 14"]


@pytest.mark.parametrize("text", ["", "just a word", "- a list"])
def test_a_file_that_is_not_a_mapping_is_refused(text):
    assert "a study is a mapping" in refused(text)


def test_evaluation_seeds_lie_above_all_training_seeds():
    moved = STUDY.replace("episodes: 10", "episodes: 10\n  first_seed: 7")
    seeds = parse_study(moved, Path("small.yaml")).config.evaluation.seeds()
    assert seeds == range(2**32 + 7, 2**32 + 17)  # train_agent draws 32-bit numbers


def test_a_missing_or_unreadable_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"Cannot read the study file .*nothing\.yaml: there is no such file"):
        load_study(tmp_path / "nothing.yaml")
    (tmp_path / "latin.yaml").write_bytes("name: caf\xe9".encode("latin-1"))
    with pytest.raises(UserError, match="not UTF-8"):
        load_study(tmp_path / "latin.yaml")


def test_a_misspelt_anchor_is_reported_as_an_unknown_agent(tmp_path):
    environments = "environments: [{id: segue/Playlist-v0}]"
    text = f"name: x\n{environments}\nagents:\n  - name: radnom\n  - name: greedy-oracle\n"
    path = tmp_path / "study.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=r"line 4, .*: unknown agent 'radnom'.* did you mean 'random'"):
        load_study(path)
    path.write_text(text.replace("radnom", "smooth"))
    with pytest.raises(UserError, match=r"agent label .random.\W.*it anchors"):
        load_study(path)
