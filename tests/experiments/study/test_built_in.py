"""The built-in studies can be named, and are installed with the package."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from segue.experiments.study.built_in import built_in_studies, find_study
from segue.experiments.study.loader import load_study
from segue.experiments.study.plan import plan_runs
from segue.features.errors import UserError

ROOT = Path(__file__).parents[3]


def test_every_committed_study_is_built_in_and_named_like_its_file():
    committed = {path.stem for path in (ROOT / "experiments" / "configs").glob("*.yaml")}
    assert {"demo", "standard"} <= committed
    assert built_in_studies().keys() == committed
    for name in committed:
        config = load_study(name).config
        assert config.name == name
        assert config.description


def test_every_committed_study_is_package_data():
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    assert "segue.experiments.configs" in tables["packages"]
    patterns = tables["package-data"]["*"]
    for file in built_in_studies().values():
        assert any(fnmatch(file.name, pattern) for pattern in patterns)


def test_the_demo_can_be_planned():
    plan = plan_runs(load_study("demo"))
    assert {spec.agent for spec in plan.specs} >= {"random", "greedy-oracle", "maskable-ppo"}


def test_an_existing_file_takes_precedence_over_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo.yaml").write_text("name: other")
    (tmp_path / "standard").mkdir()
    assert find_study("demo") == built_in_studies()["demo"]
    assert find_study("standard") == built_in_studies()["standard"]
    assert find_study("demo.yaml") == Path("demo.yaml")
    (tmp_path / "demo").write_text("name: other")
    assert find_study("demo") == Path("demo")


@pytest.mark.parametrize(
    ("study", "expected"),
    [
        ("dmo", "did you mean 'demo'?"),
        ("zzzz", "generalisation"),
        ("taught", "'imitation' since version 0.2"),
        ("demo.yaml", "did you mean the built-in study 'demo'?"),
        ("some/other.yaml", "there is no such file"),
        (".", "it is a folder"),
    ],
)
def test_an_unknown_study_is_refused(study, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        find_study(study)
    assert expected in str(caught.value)
    assert str(caught.value).count("\n") == 0
