"""Damaged folders of runs end every command in one sentence, and `compare` makes them again."""

import importlib.util
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.experiments.cli import main
from segue.experiments.runs.folder import damage_of
from segue.experiments.study.results import Results

ROOT = Path(__file__).parents[3]


@pytest.fixture
def study(finished, tmp_path):
    """A copy of a finished study, to be damaged."""
    return shutil.copytree(finished, tmp_path / "out")


def a_run(study, agent):
    return next((study / "runs").glob(f"*--{agent}--*"))


def refused(arguments, capsys) -> str:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert ended.value.code == 2
    message = capsys.readouterr().err
    # A report says first what it begins.
    message = message.removeprefix("Writing tables, figures and the report.\n")
    assert message.count("\n") == 1
    return message


def cut(path):
    path.write_bytes(path.read_bytes()[:-40])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "cut or altered": cut,
    "altered": flip,
    "missing": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["episodes.parquet", "plays.parquet", "config.json", "tracks.parquet"])
def test_a_report_names_the_folder_and_the_file(name, damage, study, capsys):
    run = a_run(study, "smooth")
    DAMAGES[damage](run / name)
    message = refused(["report", study], capsys)
    assert f"{run} is damaged ({name} is " in message
    assert damage in message
    assert "`segue compare` makes it again, or delete this folder" in message


@pytest.mark.parametrize("command", [["runs", "show"], ["runs", "diff"], ["runs", "list"]])
def test_other_commands_name_it_too(command, study, finished, capsys):
    run = a_run(study, "smooth")
    flip(run / "config.json")
    where = {"show": [run], "diff": [a_run(finished, "random"), run], "list": [study]}[command[1]]
    assert f"{run} is damaged (config.json is cut or altered)" in refused([*command, *where], capsys)


def test_compare_makes_what_is_damaged_again_and_keeps_the_rest(study, finished, undrawn, capsys):
    shutil.copy(undrawn, study / "study.yaml")
    smooth, learned = a_run(study, "smooth"), a_run(study, "maskable-ppo")
    (smooth / "episodes.parquet").unlink()
    flip(learned / "model")
    (model,) = (study / "models").glob(f"*--{learned.name.split('--')[2]}--*")
    flip(model / "curve.parquet")
    flip(study / "results" / "episodes.parquet")
    cut(study / "report.html")
    cut(study / "planned_runs.json")
    flip(study / "catalog_map.parquet")
    kept = a_run(study, "random")
    before = {path: path.stat().st_mtime_ns for path in kept.iterdir()}
    main(["compare", str(undrawn), "--out", str(study), "--jobs", "1"])
    messages = capsys.readouterr().err
    assert f"{smooth} is damaged (episodes.parquet is missing) and is made again" in messages
    assert f"{learned} is damaged (model is cut or altered) and is made again" in messages
    assert "random: 2 of 2 runs kept." in messages
    assert "maskable-ppo: 1 of 2 runs kept, 1 to make." in messages
    assert {path: path.stat().st_mtime_ns for path in kept.iterdir()} == before
    first, second = Results.load(finished / "results"), Results.load(study / "results")
    for name in ("scores", "episodes", "plays", "order"):
        assert getattr(first, name).equals(getattr(second, name)), name
    assert len(list((study / "replaced").iterdir())) == 3
    assert (study / "report.html").read_text("utf-8").rstrip().endswith("</html>")
    main(["compare", str(undrawn), "--out", str(study), "--jobs", "1"])
    assert "This study is finished" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["planned_runs.json", "catalog_map.parquet"])
def test_a_damaged_file_of_the_study_is_named(name, study, capsys):
    flip(study / name)
    assert f"{study} is damaged ({name} is cut or altered)" in refused(["report", study], capsys)


def test_damaged_tables_are_named(study):
    flip(study / "results" / "scores.parquet")
    with pytest.raises(ValueError, match=r"scores\.parquet is cut or altered.*segue report"):
        Results.load(study / "results")


def fuzz_script():
    spec = importlib.util.spec_from_file_location("run_folders", ROOT / "tests" / "fuzz" / "run_folders.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_damage_is_noticed_at_once(seed, finished, tmp_path_factory):
    rng = np.random.default_rng(seed)
    runs = sorted((finished / "runs").iterdir())
    run = shutil.copytree(runs[rng.integers(len(runs))], tmp_path_factory.mktemp("damaged") / "run")
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    fuzz_script().damage(run, rng)
    regular = [path for path in run.iterdir() if path.is_file() and os.path.realpath(path) != "/dev/zero"]
    changed = before != {path.name: path.read_bytes() for path in regular}
    assert (damage_of(run, run=True) is not None) == changed
