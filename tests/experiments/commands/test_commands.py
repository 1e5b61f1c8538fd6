"""The command line. An error of the user ends with one sentence and exit code 2, and writes nothing."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import segue
from segue.agents.models import model_card, model_names
from segue.experiments.cli import main
from segue.experiments.study.built_in import built_in_studies
from segue.experiments.study.loader import load_study
from segue.features import Catalog

ROOT = Path(__file__).parents[3]

COMMANDS = (
    "extract",
    "catalog",
    "envs",
    "agents",
    "models",
    "configs",
    "init",
    "train",
    "tune",
    "compare",
    "report",
    "runs",
)


def refused(arguments, capsys) -> str:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert ended.value.code == 2
    message = capsys.readouterr().err
    assert "Traceback" not in message
    return message


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "name: smooth",
            "name: smoth",
            "agents[1].name: Unknown agent 'smoth'",
        ),
        ("segue/Playlist-v0", "segue/Playlst-v0", "line 4, environments[0].id: Unknown environment"),
        ("pool_size: 10", "pool_sise: 10", "did you mean 'pool_size'?"),
        ("pool_size: 10", "pool_size: 200", "line 6, environments[0].settings: A pool of 200"),
        ("length: 6", "length: long", "line 6"),
        ("length: 6", "length: 6, listener: ful", "did you mean 'full'?"),
        ("n_epochs: 1", "n_epoch: 1", "agents[2].settings: Unknown setting"),
        ("steps: 512", "stepz: 512", "line 15, training.stepz: unknown key `stepz`; did you mean `steps`?"),
        ("synthetic:150", "nowhere.parquet", "'nowhere.parquet'"),
        ("description: A", "description: [A", "not YAML"),
    ],
)
def test_a_wrong_study_is_refused_before_anything_is_written(old, new, expected, study_file, capsys):
    text = study_file.read_text(encoding="utf-8")
    assert old in text
    study_file.write_text(text.replace(old, new), encoding="utf-8")
    out = study_file.parent / "out"
    message = refused(["compare", study_file, "--out", out], capsys)
    assert expected in message
    assert str(study_file) in message
    assert not out.exists()


def test_a_catalogue_of_another_kind_is_refused(study_file, capsys):
    table = study_file.parent / "sales.parquet"
    pd.DataFrame({"price": [1.0]}).to_parquet(table)
    text = study_file.read_text(encoding="utf-8").replace("synthetic:150", str(table))
    study_file.write_text(text, encoding="utf-8")
    assert "sales.parquet" in refused(["compare", study_file, "--out", study_file.parent / "out"], capsys)
    assert not (study_file.parent / "out").exists()


def test_a_missing_study_is_named(tmp_path, capsys):
    assert "nothing.yaml" in refused(
        ["compare", tmp_path / "nothing.yaml", "--out", tmp_path / "out"], capsys
    )


def test_a_folder_with_other_files_is_refused(study_file, capsys):
    message = refused(["compare", study_file, "--out", study_file.parent], capsys)
    assert "contains other files but no study; choose a new or empty folder" in message
    assert [path.name for path in study_file.parent.iterdir()] == ["small.yaml"]
    assert "is a file" in refused(["compare", study_file, "--out", study_file], capsys)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["compare", "x.yaml", "--out", "y", "--jobs", "0"], "--jobs"),
        (["compare", "dmo", "--out", "y"], "did you mean 'demo'?"),
        (["envs", "show", "segue/Playlst-v0"], "did you mean 'segue/Playlist-v0'?"),
        (["envs", "show"], "No environment given"),
        (["catalog", "info", "nowhere.parquet"], "nowhere.parquet"),
        (["catalog", "convert", "synthetic:20"], "--out"),
        (["runs", "list", "nowhere"], "nowhere"),
        (["runs", "show", "nowhere"], "nowhere"),
        (["report", "nowhere"], "nowhere"),
        (["train", "--env", "segue/Playlist-v0", "--agent", "random", "--out", "x"], "does not learn"),
        (["train", "--env", "segue/Playlist-v0", "--agent", "dqm", "--out", "x"], "did you mean 'dqn'?"),
        (
            ["train", "--env", "segue/Playlist-v0", "--agent", "dqn", "--out", "x", "--set", "length"],
            "KEY=VALUE",
        ),
    ],
)
def test_wrong_arguments_are_refused(arguments, expected, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert expected in refused(arguments, capsys)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert f"Example: segue {command}" in shown
    # Words of the machine, such as {None}|INT.
    assert not re.search(r"None|\bSTR\b(?= +\(|\n)|\|PATH|fixed to|default: \)", shown)


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from segue.experiments.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print({'torch', 'pandas', 'scipy', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "compare" in done.stdout
    assert done.stdout.splitlines()[-1] == "set()"


def test_the_script_runs_like_the_command(tmp_path):
    script = ROOT / "experiments" / "compare.py"
    done = subprocess.run(
        [sys.executable, script, str(tmp_path / "none.yaml"), "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "none.yaml" in done.stderr


def test_a_closed_output_is_not_an_error():
    command = [sys.executable, "-m", "segue.experiments.cli", "envs", "show", "segue/Playlist-v0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert process.stderr.read() == ""


def test_a_catalogue_is_written_even_if_nobody_reads_what_is_said_of_it(tmp_path):
    table, out = tmp_path / "table.csv", tmp_path / "out.parquet"
    table.write_text("id,tempo,energy\na,100,0.5\nb,110,0.7\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "segue.experiments.cli",
        "catalog",
        "convert",
        str(table),
        "--out",
        str(out),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
    assert len(Catalog.load(out)) == 2


def test_agents_environments_and_studies_are_listed(capsys):
    main(["agents"])
    main(["envs"])
    main(["configs"])
    printed = " ".join(capsys.readouterr().out.split())  # long descriptions are wrapped
    assert "greedy-oracle" in printed
    assert "segue/Playlist-v0" in printed
    for name in built_in_studies():
        assert f"{name} {load_study(name).config.description}" in printed


def test_the_shipped_models_are_listed_with_the_score_to_expect(capsys):
    main(["models"])
    printed = capsys.readouterr().out
    for name in model_names():
        card = model_card(name)
        (line,) = (line for line in printed.splitlines() if name in line)
        assert card.environment in line
        assert f"{card.steps:,}" in line
        assert f"{card.score:.2f} [{card.score_interval[0]:.2f}, {card.score_interval[1]:.2f}]" in line


def test_the_version_is_printed(capsys):
    main(["--version"])
    assert capsys.readouterr().out == f"segue {segue.__version__}\n"


def test_catalogues_are_described_and_converted(tmp_path, capsys):
    out = tmp_path / "made.parquet"
    main(["catalog", "convert", "synthetic:25", "--out", str(out)])
    main(["catalog", "info", str(out)])
    printed = capsys.readouterr().out
    assert "25 tracks" in printed
    assert "tempo" in printed
    assert "already exists" in refused(["catalog", "convert", "synthetic:9", "--out", out], capsys)


def test_a_single_agent_is_trained(tmp_path, capsys):
    out = tmp_path / "run"
    command = ["train", "--env", "segue/Playlist-v0", "--agent", "dqn", "--out", str(out), "--steps", "200"]
    settings = ["--set", "catalog=synthetic:60", "--set", "pool_size=5", "--set", "length=4"]
    command += [
        "--episodes",
        "5",
        *settings,
        "--agent-set",
        "num_envs=4",
        "--agent-set",
        "learning_starts=50",
    ]
    main(command)
    assert {"config.json", "model", "curve.parquet", "episodes.parquet"} <= {
        path.name for path in out.iterdir()
    }
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    main(command)  # the finished run is skipped
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == before
    assert "(`training.seeds.0` is 0 there and 1 here)" in refused([*command, "--seed", "1"], capsys)
    main(["runs", "show", str(out)])
    assert '"agent": "dqn"' in capsys.readouterr().out


def test_a_study_is_not_taken_for_a_damaged_run(tmp_path, capsys):
    # Studies lie in `runs/` as the runs of a study do.
    study = tmp_path / "runs" / "demo"
    (study / "runs").mkdir(parents=True)
    message = refused(["runs", "show", study], capsys)
    assert f"no finished run in {study} itself, which is a study; name one" in message
    message = refused(["runs", "show", study.parent / "dmo"], capsys)
    assert f"There is no finished run in {study.parent / 'dmo'}; list them" in message


def test_runs_are_listed(finished, capsys):
    main(["runs", "list", str(finished)])
    assert capsys.readouterr().out.count("maskable-ppo") >= 2


def test_two_runs_are_compared(finished, capsys):
    one, two = (next((finished / "runs").glob(f"*--{agent}--*")) for agent in ("random", "greedy-oracle"))
    main(["runs", "diff", str(one), str(two)])
    printed = capsys.readouterr().out
    assert re.search(r"spec\.agent\s+random\s+greedy-oracle", printed)
    assert "versions" not in printed  # these are equal
    assert "On the 30 sessions that both played, the return of the second run differs by +" in printed
    model = next((finished / "models").glob("*"))
    main(["runs", "diff", str(one), str(model)])
    assert "no sessions in common" in capsys.readouterr().out
    assert "Only one run given" in refused(["runs", "diff", one], capsys)
    assert "no finished run" in refused(["runs", "diff", one, finished], capsys)
