"""The folder of a run: what it stores, and that folders of other versions are refused."""

import dataclasses
import json
import shutil

import pandas as pd
import pytest

from segue.experiments.cli import main
from segue.experiments.runs.folder import TABLES, read_record, read_tables, track_table
from segue.experiments.runs.spec import RunSpec
from segue.experiments.storage.checksums import CHECKSUMS
from segue.features import Catalog, open_catalog


def a_run(finished, agent):
    return next((finished / "runs").glob(f"*--{agent}--*"))


def test_a_run_stores_all_that_a_report_shows_of_it(finished):
    tables = read_tables(a_run(finished, "maskable-ppo"))
    assert set(tables) == set(TABLES)
    # Whole rollouts of 8 sessions and 16 steps.
    assert read_record(a_run(finished, "maskable-ppo"))["steps"] == 512
    record = read_record(a_run(finished, "greedy-oracle"))
    assert (record["sees_listener"], record["knows_population"]) == (True, False)
    assert 10 < record["offered_tracks"] <= 150


def test_every_track_that_a_run_names_is_described(finished):
    tables = read_tables(a_run(finished, "smooth"))
    plays, explanations = tables["plays"], tables["explanations"]
    assert set(tables["tracks"]["index"]) == {*plays["index"], *plays["previous"], *explanations["index"]}
    catalog = open_catalog("synthetic:150")
    row = tables["tracks"].iloc[3]
    assert row["track_id"] == catalog.tracks.loc[row["index"], "id"]
    assert row["tempo"] == catalog.tracks.loc[row["index"], "tempo"]


def test_what_a_catalogue_lacks_is_missing():
    frame = pd.DataFrame({"tempo": [90.0, 100.0, 110.0], "path": ["a.mp3", "b.mp3", "c.mp3"]})
    tracks = track_table(Catalog.from_frame(frame, "three"), [2, 0])
    assert tracks["tempo"].tolist() == [110.0, 90.0]
    assert tracks["path"].tolist() == ["c.mp3", "a.mp3"]
    assert tracks[["duration", "energy", "key", "mode"]].isna().all(axis=None)


def test_a_specification_is_read_back_from_its_record(finished):
    for agent in ("maskable-ppo", "smooth"):
        record = read_record(a_run(finished, agent))
        spec = RunSpec.from_dict(record["spec"])
        assert spec.key == record["key"]
        assert dataclasses.asdict(spec) == record["spec"]


@pytest.fixture
def old_study(finished, tmp_path):
    """A finished study as version 0.1 would have left it, with records that have no format."""
    old = shutil.copytree(finished, tmp_path / "old")
    for file in old.glob("*/*/config.json"):
        record = json.loads(file.read_text("utf-8"))
        (file.parent / CHECKSUMS).unlink()
        del record["format"]
        record["versions"]["segue"] = "0.1.0"
        file.write_text(json.dumps(record), encoding="utf-8")
    return old


@pytest.mark.parametrize("command", ["report", "compare", "runs list", "runs show", "runs diff"])
def test_runs_of_version_0_1_are_refused_in_one_sentence(command, old_study, finished, capsys):
    run = a_run(old_study, "smooth")
    arguments = {
        "report": [old_study],
        "compare": [old_study / "study.yaml", "--out", old_study],
        "runs list": [old_study],
        "runs show": [run],
        "runs diff": [a_run(finished, "smooth"), run],
    }[command]
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), *map(str, arguments)])
    assert ended.value.code == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "was made by segue 0.1.0" in message
    assert "run the study again with `segue compare`, in a new folder" in message


def test_a_study_without_its_list_of_runs_is_refused(finished, tmp_path, capsys):
    old = shutil.copytree(finished, tmp_path / "old")
    (old / "planned_runs.json").unlink()
    (old / CHECKSUMS).unlink()
    with pytest.raises(SystemExit):
        main(["report", str(old)])
    assert "was made by segue 0.1," in capsys.readouterr().err
