"""What another study has made is taken from there; an agent can be trained elsewhere than it is evaluated."""

import json
import shutil

import pandas as pd
import pytest

from segue.experiments.cli import main
from segue.experiments.study.results import Results

LONG = """\
  - id: segue/Playlist-v0
    label: long
    settings: {catalog: "synthetic:150", pool_size: 12, length: 8}
agents:
"""


@pytest.fixture
def matrix(small):
    """The small study with another environment, for which nothing is trained."""
    wider = small.replace("name: small", "name: wider").replace("agents:\n", LONG)
    return wider.replace("- name: maskable-ppo\n", "- name: maskable-ppo\n    train_on: short\n")


def run(text, folder, *arguments):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    main(["compare", str(folder / "study.yaml"), "--out", str(folder / "out"), "--jobs", "1", *arguments])
    return folder / "out"


def records(folder):
    return {path.parent.name: json.loads(path.read_text("utf-8")) for path in folder.glob("*/config.json")}


def taken_run(out):
    return next(name for name, run in records(out / "runs").items() if "reused_from" in run)


def test_one_training_serves_all_environments_and_studies(finished, matrix, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*.json")}
    out = run(matrix, tmp_path, "--reuse", str(finished))
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("*.json")} == before
    models, runs = records(out / "models"), records(out / "runs")
    assert all(model["reused_from"] == f"out/models/{name}" for name, model in models.items())
    assert len(models) == 2
    reused = [name for name, run in runs.items() if "reused_from" in run]
    assert len(reused) == 5  # all of the environment that both studies have
    assert len(runs) == 10
    ours, theirs = Results.load(out / "results"), Results.load(finished / "results")
    same = ours.episodes[ours.episodes["environment"] == "short"].reset_index(drop=True)
    pd.testing.assert_frame_equal(same, theirs.episodes, check_exact=True)
    assert set(ours.curves["environment"]) == {"short"}
    trained = ours.runs.set_index(["environment", "agent"])["trained_on"]
    assert set(trained["long", "maskable-ppo"]) == {"short"}
    assert set(ours.runs.loc[ours.runs["learned"], "model"]) == set(models)


def test_a_report_shows_the_command_of_its_own_study(finished, matrix, tmp_path):
    theirs = shutil.copytree(finished, tmp_path / "theirs")
    for path in theirs.glob("*/*/config.json"):
        path.write_text(
            json.dumps({**json.loads(path.read_text("utf-8")), "command": "segue compare theirs"})
        )
    out = run(matrix, tmp_path, "--reuse", str(theirs))
    assert "segue compare theirs" in (out / "runs" / taken_run(out) / "config.json").read_text("utf-8")
    assert "segue compare theirs" not in (out / "report.html").read_text("utf-8")


def test_a_study_beside_is_used_unless_other_code_made_it(finished, small, tmp_path, capsys):
    def beside(code):
        shutil.copytree(finished, tmp_path / code / "first")
        for path in (tmp_path / code / "first").glob("*/*/config.json"):
            record = json.loads(path.read_text("utf-8"))
            path.write_text(json.dumps({**record, "code": record["code"] if code == "same" else code}))
        study = tmp_path / code / "again.yaml"
        study.write_text(small.replace("resamples: 100", "resamples: 101"), encoding="utf-8")
        main(["compare", str(study), "--out", str(tmp_path / code / "second"), "--jobs", "1"])
        return "reused_from" in (next((tmp_path / code / "second").glob("runs/*/config.json")).read_text())

    assert beside("same")
    assert "7 models and runs are reused from other studies" in capsys.readouterr().err
    assert not beside("other")


def test_runs_of_different_code_are_not_mixed_silently(finished, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(finished, out)
    file = next(out.glob("runs/*/config.json"))
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "code": "another"}), encoding="utf-8")
    main(["report", str(out)])
    assert "2 different versions of the code" in (out / "report.html").read_text(encoding="utf-8")
    assert "versions of the code" not in (finished / "report.html").read_text(encoding="utf-8")


def test_a_folder_without_studies_is_refused(small, tmp_path, capsys):
    with pytest.raises(SystemExit):
        run(small, tmp_path, "--reuse", str(tmp_path / "empty"))
    assert "There is no study in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("- name: smooth", "- name: smooth\n    train_on: long", "'smooth' does not learn"),
        ("Playlist-v0\n    label: long", "DJMC-v0\n    label: long", "trained on other features"),
    ],
)
def test_what_cannot_be_trained_there_is_refused_before_anything_is_run(
    old, new, told, matrix, tmp_path, capsys
):
    with pytest.raises(SystemExit):
        run(matrix.replace(old, new), tmp_path)
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
