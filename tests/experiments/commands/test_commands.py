"""The command line: what a user gets wrong ends with one sentence and exit code 2, and nothing is written."""

import re
import subprocess
import sys

import pandas as pd
import pytest

from segue.experiments.cli import main

COMMANDS = ("extract", "catalog", "envs", "agents", "train", "tune", "compare", "report", "runs")


def refused(arguments, capsys) -> str:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told
    return told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "name: smooth",
            "name: smoth",
            "agents[1].name: Unknown agent 'smoth': did you mean 'smooth'?",
        ),
        ("segue/Playlist-v0", "segue/Playlst-v0", "line 4, environments[0].id: Unknown environment"),
        ("pool_size: 10", "pool_sise: 10", "did you mean 'pool_size'?"),
        ("pool_size: 10", "pool_size: 200", "line 6, environments[0].settings: A pool of 200"),
        ("length: 6", "length: long", "line 6"),
        ("length: 6", "length: 6, listener: ful", "Unknown listener preset 'ful': did you mean 'full'?"),
        ("n_epochs: 1", "n_epoch: 1", "agents[2].settings: Unknown setting"),
        ("steps: 512", "stepz: 512", "line 15, training.stepz: unknown key `stepz`: did you mean `steps`?"),
        ("synthetic:150", "nowhere.parquet", "'nowhere.parquet'"),
        ("description: A", "description: [A", "not YAML"),
    ],
)
def test_a_wrong_study_is_refused_before_anything_is_written(old, new, told, study_file, capsys):
    text = study_file.read_text(encoding="utf-8")
    assert old in text
    study_file.write_text(text.replace(old, new), encoding="utf-8")
    out = study_file.parent / "out"
    message = refused(["compare", study_file, "--out", out], capsys)
    assert told in message
    assert str(study_file) in message
    assert not out.exists()


def test_a_catalogue_of_another_kind_is_refused(study_file, capsys):
    table = study_file.parent / "sales.parquet"
    pd.DataFrame({"price": [1.0]}).to_parquet(table)
    text = study_file.read_text(encoding="utf-8").replace("synthetic:150", str(table))
    study_file.write_text(text, encoding="utf-8")
    assert "sales.parquet" in refused(["compare", study_file, "--out", study_file.parent / "out"], capsys)
    assert not (study_file.parent / "out").exists()


def test_missing_study(tmp_path, capsys):
    assert "nothing.yaml" in refused(
        ["compare", tmp_path / "nothing.yaml", "--out", tmp_path / "out"], capsys
    )


def test_a_folder_with_something_else_is_left_alone(study_file, capsys):
    told = refused(["compare", study_file, "--out", study_file.parent], capsys)
    assert "holds other files but no study" in told
    assert [path.name for path in study_file.parent.iterdir()] == ["small.yaml"]
    assert "is a file" in refused(["compare", study_file, "--out", study_file], capsys)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["compare", "x.yaml", "--out", "y", "--jobs", "0"], "--jobs"),
        (["envs", "show", "segue/Playlst-v0"], "did you mean 'segue/Playlist-v0'?"),
        (["envs", "show"], "Say which"),
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
def test_wrong_arguments(arguments, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert told in refused(arguments, capsys)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"Example: segue {command}" in capsys.readouterr().out


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from segue.experiments.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print({'torch', 'pandas', 'scipy', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "compare" in done.stdout
    assert done.stdout.splitlines()[-1] == "set()"


def test_scripts_run_from_a_checkout(tmp_path):
    from segue.experiments import compare

    done = subprocess.run(
        [sys.executable, compare.__file__, str(tmp_path / "none.yaml"), "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "none.yaml" in done.stderr


def test_output_that_nobody_reads_is_no_error():
    command = [sys.executable, "-m", "segue.experiments.cli", "envs", "show", "segue/Playlist-v0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert process.stderr.read() == ""


def test_lists(capsys):
    main(["agents"])
    main(["envs"])
    printed = capsys.readouterr().out
    assert "greedy-oracle" in printed
    assert "segue/Playlist-v0" in printed


def test_catalogues_are_described_and_converted(tmp_path, capsys):
    out = tmp_path / "made.parquet"
    main(["catalog", "convert", "synthetic:25", "--out", str(out)])
    main(["catalog", "info", str(out)])
    printed = capsys.readouterr().out
    assert "25 tracks" in printed
    assert "tempo" in printed
    assert "exists already" in refused(["catalog", "convert", "synthetic:9", "--out", out], capsys)


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
    main(command)  # done is skipped
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == before
    assert "something else" in refused([*command, "--seed", "1"], capsys)
    main(["runs", "show", str(out)])
    assert '"agent": "dqn"' in capsys.readouterr().out


def test_runs_are_listed(finished, capsys):
    main(["runs", "list", str(finished)])
    assert capsys.readouterr().out.count("maskable-ppo") >= 2


def test_two_runs_are_compared(finished, capsys):
    one, two = (next((finished / "runs").glob(f"*--{agent}--*")) for agent in ("random", "greedy-oracle"))
    main(["runs", "diff", str(one), str(two)])
    printed = capsys.readouterr().out
    assert re.search(r"spec\.agent\s+random\s+greedy-oracle", printed)
    assert "versions" not in printed  # they do not differ in that
    assert "On 30 sessions that both met, the second earns +" in printed
    model = next((finished / "models").glob("*"))
    main(["runs", "diff", str(one), str(model)])
    assert "no session in common" in capsys.readouterr().out
    assert "Say which two" in refused(["runs", "diff", one], capsys)
    assert "no finished run" in refused(["runs", "diff", one, finished], capsys)
