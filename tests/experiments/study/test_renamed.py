"""Study files, settings and folders of version 0.1 are refused with the new name or with what to do."""

import json
import shutil
from pathlib import Path

import pytest

from segue.experiments import compare, report
from segue.experiments.execution.reuse import studies_named
from segue.experiments.storage.checksums import CHECKSUMS
from segue.experiments.study.loader import parse_study
from segue.experiments.study.plan import plan_runs
from segue.features.errors import UserError

STUDY = """\
name: old
environments:
  - id: segue/Playlist-v0
    settings: {catalog: "synthetic:60", pool_size: 5, length: 4}
agents:
  - name: random
  - name: dagger
    settings: {}
  - name: greedy-oracle
evaluation: {episodes: 10}
"""


def refused(old: str, new: str) -> str:
    assert old in STUDY
    with pytest.raises(UserError) as caught:
        plan_runs(parse_study(STUDY.replace(old, new), Path("old.yaml")))
    return str(caught.value)


def test_the_study_is_valid_with_new_names():
    assert len(plan_runs(parse_study(STUDY, Path("old.yaml"))).specs) == 15


def test_a_renamed_key_is_refused():
    message = refused("evaluation:", "answers: [{title: x}]\nevaluation:")
    assert message == "old.yaml, line 10, answers: `answers` is called `tables` since version 0.2."


@pytest.mark.parametrize(
    ("old", "new"), [("posterior", "belief-planner"), ("shuffle-best", "oracle-shuffled")]
)
def test_a_renamed_agent_is_refused(old, new):
    message = refused("name: random\n", f"name: random\n  - name: {old}\n")
    assert message.startswith("old.yaml, line 7, agents[1].name: ")
    assert f"{new!r} since version 0.2" in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("blind: [transitions]", "ablate"),
        ("kinds: 8", "soft_clusters"),
        ("moments: 10", "time_basis"),
        ("directions: []", "interactions"),
        ("remembers: true", "use_session_estimates"),
        ("practice: synthetic", "domain_randomization"),
        ("keep: 3", "buffer_rounds"),
    ],
)
def test_a_renamed_setting_of_an_agent_is_refused(old, new):
    message = refused("settings: {}", f"settings: {{{old}}}")
    assert message.startswith("old.yaml, line 8, agents[1].settings: ")
    assert f"{new!r} since version 0.2" in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("listener: {preset: full, terms: {arc: {weight: 0}}}", "energy_arc"),
        ("listener: {preset: full, terms: {remembrance: {}}}", "peak_end"),
        ("reward: remembered", "peak_end"),
    ],
)
def test_a_renamed_term_or_reward_is_refused(old, new):
    message = refused("length: 4", f"length: 4, {old}")
    assert message.startswith("old.yaml, line 4, environments[0].settings: ")
    assert f"{new!r} since version 0.2" in message


@pytest.mark.parametrize(
    ("old", "new"),
    [("roughness_tempo", "transition_distance_tempo"), ("reward_taste", "utility_taste")],
)
def test_a_renamed_column_is_refused(old, new):
    message = refused("evaluation:", f"tables: [{{title: x, value: {old}}}]\nevaluation:")
    assert f"{new!r} since version 0.2" in message


@pytest.fixture
def old_folder(finished, tmp_path):
    """A finished study whose runs were written by version 0.1."""
    folder = shutil.copytree(finished, tmp_path / "old")
    for path in folder.glob("*/*/config.json"):
        record = json.loads(path.read_text("utf-8"))
        del record["format"]
        record["versions"]["segue"] = "0.1.0"
        path.write_text(json.dumps(record), "utf-8")
        (path.parent / CHECKSUMS).unlink()  # which that version did not write
    return folder


def test_a_folder_of_version_0_1_is_refused(old_folder, study_file):
    expected = r"was made by segue 0\.1\.0, .*: run the study again with `segue compare`, in a new folder\.$"
    before = {path: path.stat().st_mtime_ns for path in old_folder.rglob("*")}
    with pytest.raises(UserError, match=expected):
        compare(study_file, old_folder)
    with pytest.raises(UserError, match=expected):
        report(old_folder)
    with pytest.raises(UserError, match=expected):
        studies_named([old_folder])
    assert {path: path.stat().st_mtime_ns for path in old_folder.rglob("*")} == before
