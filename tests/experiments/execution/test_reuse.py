"""Models and runs of other studies are reused, also for evaluation in another environment."""

import json
import shutil

import pandas as pd
import pytest

from segue.experiments.cli import main
from segue.experiments.storage.checksums import write_checksums
from segue.experiments.study.planning import cost
from segue.experiments.study.results import Results

LONG = """\
  - id: segue/Playlist-v0
    label: long
    settings: {catalog: "synthetic:150", pool_size: 12, length: 8}
agents:
"""


@pytest.fixture(scope="module")
def matrix(small):
    """The small study with a second environment, for which no agent is trained."""
    wider = small.replace("name: small", "name: wider").replace("agents:\n", LONG) + "figures: false\n"
    return wider.replace("- name: maskable-ppo\n", "- name: maskable-ppo\n    train_on: short\n")


def run(text, folder, *arguments):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    main(["compare", str(folder / "study.yaml"), "--out", str(folder / "out"), "--jobs", "1", *arguments])
    return folder / "out"


def records(folder):
    return {path.parent.name: json.loads(path.read_text("utf-8")) for path in folder.glob("*/config.json")}


def change_records(files, **changes):
    for path in files:
        path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), encoding="utf-8")
        write_checksums(path.parent, path.name)


@pytest.fixture(scope="module")
def other(finished, tmp_path_factory):
    """A copy of the finished study, made by another command and partly by other code."""
    folder = shutil.copytree(finished, tmp_path_factory.mktemp("made") / "other")
    change_records(folder.glob("*/*/config.json"), command="segue compare other")
    change_records(folder.glob("runs/*--smooth--*/config.json"), code="another")
    return folder


@pytest.fixture(scope="module")
def wider(other, matrix, tmp_path_factory):
    """Folder of the wider study, which reuses that copy; and the records of the copy before and after."""
    before = {path: path.stat().st_mtime_ns for path in other.rglob("*.json")}
    out = run(matrix, tmp_path_factory.mktemp("wider"), "--reuse", str(other))
    return out, before, {path: path.stat().st_mtime_ns for path in other.rglob("*.json")}


def test_one_training_serves_all_environments_and_studies(finished, wider):
    out, before, after = wider
    assert before == after
    models, runs = records(out / "models"), records(out / "runs")
    assert all(model["reused_from"] == f"other/models/{name}" for name, model in models.items())
    assert len(models) == 2
    reused = [name for name, run in runs.items() if "reused_from" in run]
    assert len(reused) == 8  # all in the environment that both studies have
    assert len(runs) == 16
    here, there = Results.load(out / "results"), Results.load(finished / "results")
    same = here.episodes[here.episodes["environment"] == "short"].reset_index(drop=True)
    pd.testing.assert_frame_equal(same, there.episodes, check_exact=True)
    assert set(here.curves["environment"]) == {"short"}
    trained = here.runs.set_index(["environment", "agent"])["trained_on"]
    assert set(trained["long", "maskable-ppo"]) == {"short"}
    assert set(here.runs.loc[here.runs["learned"], "model"]) == set(models)


def test_a_report_shows_the_command_of_its_own_study(wider):
    out, *_ = wider
    commands = [run["command"] for run in records(out / "runs").values() if "reused_from" in run]
    assert set(commands) == {"segue compare other"}
    assert "segue compare other" not in (out / "report.html").read_text("utf-8")


def test_a_report_names_runs_of_different_code(finished, wider):
    out, *_ = wider
    assert "2 different versions of the code" in (out / "report.html").read_text("utf-8")
    assert "versions of the code" not in (finished / "report.html").read_text("utf-8")


def test_what_was_reused_is_said_per_agent(wider, capsys):
    out, *_ = wider
    main(["report", str(out)])
    printed = capsys.readouterr().out
    assert "maskable-ppo: 2 of 4 runs from other" in printed
    assert "smooth: 2 of 4 runs from other" in printed
    assert "random: 2 of 4 runs from other" in (out / "report.html").read_text("utf-8")


def test_damaged_runs_are_not_reused_and_those_of_other_studies_are_made_again_on_request(
    finished, small, tmp_path, capsys
):
    text, other = small.replace("resamples: 100", "resamples: 101\nfigures: false"), tmp_path / "other"
    shutil.copytree(finished, other)
    damaged, _ = other.glob("runs/*--smooth--*")
    (damaged / "plays.parquet").write_bytes(b"")
    out = run(text, tmp_path, "--reuse", str(other))
    messages = capsys.readouterr().err
    assert f"{damaged} is not reused, since it is damaged (plays.parquet is empty)." in messages
    assert "smooth: 1 taken from other, 1 to make." in messages
    assert "maskable-ppo: 2 taken from other." in messages
    own = [name for name, record in records(out / "runs").items() if "reused_from" not in record]
    assert own == [damaged.name]
    run(text, tmp_path, "--no-reuse")  # the other study still lies beside this one
    made = {**records(out / "runs"), **records(out / "models")}
    assert len(made) == 10
    assert not [name for name, record in made.items() if "reused_from" in record]
    assert len(list((out / "replaced").iterdir())) == 9
    assert "smooth: 1 of 2 runs kept, 1 to make." in capsys.readouterr().err


def test_what_a_study_costs_leaves_out_what_is_reused(finished, small, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cost, "WORTH_A_WARNING", (1e-9, 10.0))  # any cost at all
    text = small.replace("resamples: 100", "resamples: 101\nfigures: false")
    run(text, tmp_path, "--reuse", str(finished))
    assert "of 8 runs needs" not in capsys.readouterr().err
    run(text, tmp_path, "--no-reuse")
    assert "This study of 8 runs needs about 0 s on 1 core" in capsys.readouterr().err


def test_reusing_and_not_reusing_exclude_each_other(small, tmp_path, capsys):
    with pytest.raises(SystemExit):
        run(small, tmp_path, "--no-reuse", "--reuse", str(tmp_path))
    assert "--no-reuse rule out" in capsys.readouterr().err


def test_a_folder_without_studies_is_refused(small, tmp_path, capsys):
    with pytest.raises(SystemExit):
        run(small, tmp_path, "--reuse", str(tmp_path / "empty"))
    assert "There is no study in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("- name: smooth", "- name: smooth\n    train_on: long", "'smooth' does not learn"),
        ("Playlist-v0\n    label: long", "DJMC-v0\n    label: long", "trained on other features"),
    ],
)
def test_an_impossible_training_is_refused_before_anything_is_run(
    old, new, message, matrix, tmp_path, capsys
):
    with pytest.raises(SystemExit):
        run(matrix.replace(old, new), tmp_path)
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
