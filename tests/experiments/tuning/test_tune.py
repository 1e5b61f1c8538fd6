"""The search for better settings, by its real command line."""

import contextlib
import json
import shutil
import subprocess
import sys

import pandas as pd
import pytest
import yaml

from segue.agents.settings import default_settings
from segue.experiments.cli import main
from segue.experiments.study.file_format.protocol import FIRST_EPISODE_SEED

optuna = pytest.importorskip("optuna")

SPACE = {"learning_rate": {"low": 0.001, "high": 0.002, "log": True}, "hidden": [[4], [8]]}
QUICK = {"num_envs": 8, "n_steps": 16, "n_epochs": 1}
SMALL = {"catalog": "synthetic:150", "pool_size": 10, "length": 6}


def command(folder, trials=3, agent="maskable-ppo"):
    space = folder / "space.yaml"
    space.write_text(yaml.safe_dump(SPACE), encoding="utf-8")
    numbers = {"trials": trials, "steps": 128, "seeds": 1, "episodes": 10, "jobs": 1, "space": space}
    words = ["tune", "--agent", agent, "--env", "segue/Playlist-v0", "--out", folder / "out"]
    words += [word for name, value in numbers.items() for word in (f"--{name}", value)]
    words += [word for pair in SMALL.items() for word in ("--set", "{}={}".format(*pair))]
    words += [word for pair in QUICK.items() for word in ("--agent-set", "{}={}".format(*pair))]
    return [str(word) for word in words]


def refused(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """Folder of a finished search; tests must not change it."""
    folder = tmp_path_factory.mktemp("searched")
    main(command(folder))
    return folder / "out"


def records(folder):
    return [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("runs/*/config.json")]


def test_the_best_settings_are_written_in_the_format_of_built_in_ones(searched):
    text = (searched / "best.yaml").read_text(encoding="utf-8")
    settings = yaml.safe_load(text)
    assert settings.keys() == {*default_settings("maskable-ppo"), *QUICK, *SPACE}
    head = [line for line in text.splitlines() if line.startswith("#")]
    header = " ".join(line.removeprefix("# ") for line in head)
    assert "segue/Playlist-v0" in header
    assert "3 trials" in header
    assert "128 training steps" in header
    trials = pd.read_csv(searched / "trials.csv")
    assert f"{trials['score'].max():.3f} with these" in header
    (before,) = trials.loc[trials["trial"] == 1, "score"]
    assert f"{before:.3f} with the settings before" in header
    best = trials.loc[trials["score"].idxmax()]
    assert settings["learning_rate"] == best["learning_rate"]
    assert settings["hidden"] == json.loads(best["hidden"])


def test_the_first_trial_is_the_present_settings(searched):
    trials = pd.read_csv(searched / "trials.csv").set_index("trial")
    expected = default_settings("maskable-ppo")
    assert trials.loc[1, "learning_rate"] == expected["learning_rate"]
    assert trials.loc[1, "hidden"] == str(expected.get("hidden", [64, 32]))
    assert trials["learning_rate"].nunique() == 3


def test_the_sessions_of_studies_are_never_used(searched):
    trained = [record["spec"] for record in records(searched) if record["spec"]["model"]]
    assert len(trained) == 3
    for spec in trained:
        assert spec["environment_settings"]["split"] == "train"
        assert spec["model"]["environment_settings"]["split"] == "train"
        assert spec["model"]["seed"] >= 1_000_000
        # A study's sessions are numbered below 2**31, on top of where evaluation begins.
        assert spec["first_episode"] > FIRST_EPISODE_SEED + 2**31 + 1_000_000
        assert spec["episodes"] == 10


def test_a_finished_search_is_skipped_and_can_be_extended(searched, tmp_path):
    shutil.copytree(searched, tmp_path / "out")
    main(command(tmp_path))
    assert len(records(tmp_path / "out")) == len(records(searched)) == 5
    before = pd.read_csv(searched / "trials.csv").set_index("trial")
    main(command(tmp_path, trials=4))
    after = pd.read_csv(tmp_path / "out" / "trials.csv").set_index("trial")
    pd.testing.assert_frame_equal(after.loc[[1, 2, 3]], before.loc[[1, 2, 3]])
    assert len(records(tmp_path / "out")) == 6


def test_an_interrupted_search_ends_like_an_uninterrupted_one(searched, tmp_path):
    main(command(tmp_path, trials=1))
    storage = f"sqlite:///{tmp_path / 'out' / 'trials.db'}"
    # A killed process leaves a trial in the state RUNNING, and finished trainings.
    study = optuna.load_study(study_name="segue", storage=storage)
    study.sampler = optuna.samplers.TPESampler(seed=1, n_startup_trials=4)
    trial = study.ask()
    trial.suggest_float("learning_rate", 0.001, 0.004, log=True)
    for store in ("models", "runs"):
        shutil.copytree(searched / store, tmp_path / "out" / store, dirs_exist_ok=True)
    main(command(tmp_path))
    tables = [pd.read_csv(path / "trials.csv").set_index("trial") for path in (searched, tmp_path / "out")]
    assert sorted(tables[1].index) == [1, 2, 3]
    assert len(tables[1]) == 3
    pd.testing.assert_series_equal(*(table.loc[1] for table in tables))


def test_a_killed_search_ends_like_an_uninterrupted_one(searched, tmp_path):
    code = "import sys; from segue.experiments.cli import main; main(sys.argv[1:])"
    process = subprocess.Popen([sys.executable, "-c", code, *command(tmp_path)], stderr=subprocess.DEVNULL)
    while not list((tmp_path / "out" / "models").glob(".partial-*")):
        assert process.poll() is None
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.01)
    process.kill()
    process.wait()
    main(command(tmp_path))
    assert not list((tmp_path / "out").glob("*/.partial-*"))
    tables = [pd.read_csv(path / "trials.csv").set_index("trial") for path in (searched, tmp_path / "out")]
    pd.testing.assert_series_equal(*(table.loc[1] for table in tables))
    assert sorted(tables[1].index) == [1, 2, 3]


@pytest.mark.parametrize(
    ("name", "content"), [("search.json", b"{"), ("trials.db", b"SQLite"), ("trials.db", b"x" * 9000)]
)
def test_a_damaged_search_is_named(name, content, searched, tmp_path, capsys):
    shutil.copytree(searched, tmp_path / "out")
    (tmp_path / "out" / name).write_bytes(content)
    message = refused(command(tmp_path), capsys).splitlines()[-1]
    assert f"{name} is damaged" in message
    assert "finished trainings are kept" in message


def test_a_different_search_in_the_folder_is_refused(searched, capsys):
    message = refused([*command(searched.parent), "--episodes", "11"], capsys)
    assert "contains a different search (episodes differ); choose another folder." in message


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--agent", "smooth"], "does not learn"),
        (["--agent", "maskable-pp"], "did you mean 'maskable-ppo'"),
        (["--env", "segue/Playlst-v0"], "did you mean 'segue/Playlist-v0'"),
        (["--agent-set", "gama=1"], "did you mean 'gamma'"),
        (["--trials", "0"], "at least 1"),
        (["--space", "none.yaml"], "none.yaml"),
    ],
)
def test_an_impossible_search_is_refused(words, expected, tmp_path, capsys):
    assert expected in refused([*command(tmp_path), *words], capsys)
    assert not (tmp_path / "out").exists()
