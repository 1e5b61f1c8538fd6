"""`segue fit`: what it prints and writes, and that the file is a preset like any other."""

import contextlib
import io

import gymnasium as gym
import pandas as pd
import pytest
import yaml

import segue.envs  # noqa: F401
from segue.experiments.cli import main
from segue.experiments.fitting.simulated_logs import simulate_log
from segue.experiments.logs.plays import write_plays


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit")
    log = simulate_log("session", "synthetic:200", listeners=300, seed=4)
    write_plays(log.plays, folder / "plays.parquet")
    return folder


@pytest.fixture(scope="module")
def printed(folder):
    with contextlib.redirect_stdout(io.StringIO()) as text:
        main(["fit", str(folder / "plays.parquet"), "--out", str(folder / "mine.yaml"), "--jobs", "1"])
    return text.getvalue()


def test_the_first_line_compares_with_the_trees(printed):
    first = printed.splitlines()[0]
    assert "boosted trees" in first
    assert "AUC" in first
    assert "Left out: taste, since there is no catalogue." in printed


def test_the_file_is_a_preset_like_any_other(printed, folder):
    file = str(folder / "mine.yaml")
    env = gym.make("segue/Session-v0", listener=file)
    env.reset(seed=0)
    assert env.step(0)[1] >= 0
    written = yaml.safe_load((folder / "mine.yaml").read_text("utf-8"))
    assert written["terms"]["taste"]["weight"] == 0
    low, high = written["x-fit"]["intervals_95"]["gain"]
    assert low < written["terms"]["engagement"]["gain"] < high
    assert list(env.unwrapped.sessions.terms) == ["engagement"]


def test_an_environment_file_with_it_is_shown(printed, folder, capsys):
    (folder / "env.yaml").write_text("id: fitted/Mine-v0\nlistener: mine.yaml\ncatalog: synthetic:100\n")
    main(["envs", "show", str(folder / "env.yaml")])
    shown = capsys.readouterr().out
    assert "Fitted to" in shown
    assert "engagement" in shown


def test_the_report_stands_alone_and_says_what_it_cannot_tell(printed, folder):
    page = (folder / "mine.html").read_text("utf-8")
    assert page.count("<svg") == 4  # wide and narrow
    assert "extrapolation" in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_there_is_a_row_for_every_listener(printed, folder):
    table = pd.read_parquet(folder / "mine.listeners.parquet")
    assert len(table) == 300
    assert table["plays"].sum() == len(pd.read_parquet(folder / "plays.parquet"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"--out": "mine.yaml"}, "already exists"),
        ({"--out": "mine.txt"}, "must be a YAML file"),
        ({"--out": "no/mine.yaml"}, "no folder"),
        ({"--preset": "sesion"}, "did you mean 'session'"),
    ],
)
def test_wrong_input_is_refused_in_one_sentence(printed, folder, change, sentence, capsys):
    options = {"--out": "other.yaml", **change}
    options["--out"] = str(folder / options["--out"])
    with pytest.raises(SystemExit) as stopped:
        main(["fit", str(folder / "plays.parquet"), *(word for pair in options.items() for word in pair)])
    assert stopped.value.code == 2
    assert sentence in capsys.readouterr().err
