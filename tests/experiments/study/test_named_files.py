"""Files that a study names lie in the working directory or next to the study file."""

import pandas as pd
import pytest

from segue.experiments.study.listener_table import read_listener_table
from segue.experiments.study.loader import load_study
from segue.experiments.study.plan import plan_runs
from segue.experiments.study.registered import find_environment
from segue.features import Catalog
from segue.features.errors import UserError

STUDY = """\
name: small
environments:
  - {id: segue/Playlist-v0, label: whole, settings: &sizes {catalog: music.parquet, pool_size: 5, length: 4}}
  - {id: segue/Playlist-v0, label: file, settings: {<<: *sizes, listener: calm.yaml}}
  - {id: segue/Playlist-v0, label: from it, settings: {<<: *sizes, listener: {preset: calm.yaml, bias: 2}}}
agents:
  - name: random
  - {name: a2c, settings: {domain_randomization: music.parquet}}
  - name: greedy-oracle
training: {seeds: 1}
evaluation: {split: test, episodes: 2, listeners: who.csv}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of the study, which is not the working directory."""
    folder = tmp_path / "studies"
    folder.mkdir()
    Catalog.synthetic(80, 1).save(folder / "music.parquet")
    (folder / "calm.yaml").write_text("terms: {taste: {weight: 7.0}}\n")
    (folder / "small.yaml").write_text(STUDY)
    pd.DataFrame({"episode": [2**32, 2**32 + 1], "country": ["NL", "DE"]}).to_csv(
        folder / "who.csv", index=False
    )
    monkeypatch.chdir(tmp_path)
    return folder


def settings_of(label):
    specs = plan_runs(load_study("studies/small.yaml")).specs
    return next(spec.environment_settings for spec in specs if spec.environment_label == label)


def test_they_are_found_next_to_the_study(folder):
    music, calm = str(folder / "music.parquet"), str(folder / "calm.yaml")
    study = load_study("studies/small.yaml")
    plan = plan_runs(study)
    found = {spec.environment_label: spec.environment_settings for spec in plan.specs}
    assert {each["catalog"] for each in found.values()} == {music}
    assert found["file"]["listener"] == calm
    assert found["from it"]["listener"] == {"preset": calm, "bias": 2}
    trained = [spec.model.agent_settings for spec in plan.specs if spec.model]
    assert {each["domain_randomization"] for each in trained} == {music}
    listeners = read_listener_table(study.config, study.path.parent)
    assert listeners["country"].tolist() == ["NL", "DE"]


def test_those_in_the_working_directory_come_first(folder):
    (folder.parent / "calm.yaml").write_text("terms: {taste: {weight: 9.0}}\n")
    assert settings_of("file")["listener"] == "calm.yaml"
    assert settings_of("from it")["listener"] == {"preset": "calm.yaml", "bias": 2}


def test_one_that_is_in_neither_is_named_as_it_was_written(folder):
    (folder / "calm.yaml").unlink()
    with pytest.raises(UserError, match=r"small\.yaml, line 4.*'calm\.yaml': no such file"):
        plan_runs(load_study("studies/small.yaml"))


@pytest.mark.parametrize("ending", ["YAML", "Yml"])
def test_the_ending_of_an_environment_file_may_have_capitals(folder, ending):
    (folder / f"mine.{ending}").write_text(
        f"id: me/Capitals{ending}-v0\nlistener: {{preset: {{preset: calm.yaml}}}}\n"
    )
    found = find_environment(f"studies/mine.{ending}")
    assert found.settings["listener"] == {"preset": {"preset": str(folder / "calm.yaml")}}
    changed = STUDY.replace("id: segue/Playlist-v0, label: whole", f"id: mine.{ending}")
    (folder / "other.yaml").write_text(changed)
    assert load_study("studies/other.yaml").config.environments[0].label == "mine"
