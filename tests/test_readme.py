"""Every code block of the README does what it shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
PYTHON = [code for language, code in BLOCKS if language == "python"]
COMMANDS = [
    line.partition("#")[0].strip()
    for language, code in BLOCKS
    if language == "sh"
    for line in code.splitlines()
    if line.strip()
]


def run(command, cwd, **environment):
    env = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def test_every_block_is_run_by_a_test_here():
    assert {language for language, _ in BLOCKS} == {"python", "sh"}
    heads = {" ".join(command.split()[:2]) for command in COMMANDS}
    assert heads == {"make demo", "make test", "segue extract", "segue catalog", "segue compare"}


@pytest.mark.parametrize("code", PYTHON, ids=lambda code: code.splitlines()[0][:40])
def test_python_blocks_run_and_warn_of_nothing(code, tmp_path):
    done = run([sys.executable, "-W", "error", "-c", code], tmp_path)
    assert done.stdout
    assert "Warning" not in done.stderr


def test_make_knows_its_targets():
    for target in ("demo", "test"):
        done = run(["make", "--dry-run", target], ROOT)
        expected = (
            "segue compare experiments/configs/demo.yaml --out runs/demo" if target == "demo" else "pytest"
        )
        assert expected in done.stdout


def test_own_music_becomes_a_catalogue(tmp_path):
    music = tmp_path / "Music"
    music.mkdir()
    seconds = np.arange(0, 12, 1 / 22050)
    (tmp_path / "songs.csv").write_text("track_id,track_name,energy,tempo\na,T,0.5,120\nb,U,0.4,90\n")
    for number, pitch in enumerate((220.0, 330.0)):
        pulse = (seconds % 0.5 < 0.1) * np.sin(2 * np.pi * pitch * seconds)
        soundfile.write(music / f"piece {number}.wav", 0.3 * pulse, 22050)
    shell = [command for command in COMMANDS if command.startswith(("segue extract", "segue catalog"))]
    for command in shell:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = run(["sh", "-c", command], tmp_path, HOME=str(tmp_path), PATH=path)
        assert "Warning" not in done.stderr
    assert (tmp_path / "music.parquet").is_file()


def test_the_compare_command_names_a_valid_study(capsys):
    from segue.experiments.cli import main

    (command,) = [command for command in COMMANDS if command.startswith("segue compare")]
    study = command.split()[2]
    assert (ROOT / study).is_file()
    with pytest.raises(SystemExit) as stopped:
        main(["compare", "--help"])
    assert stopped.value.code == 0
    assert "--out" in capsys.readouterr().out


@pytest.mark.parametrize("name", re.findall(r"<!-- results of (\S+) -->", README))
def test_what_the_readme_says_is_what_the_kept_results_say(name):
    from segue.experiments.publish import marks, section

    start, end = marks(name)
    shown = README.partition(start)[2].partition(end)[0]
    assert shown == f"\n{section(ROOT / 'experiments' / 'results' / name)}"


def test_what_the_readme_shows_and_links_to_is_there():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    kept = [f"experiments/results/{name}" for name in re.findall(r"<!-- results of (\S+) -->", README)]
    studies = [folder for folder in kept if (ROOT / folder / "study.yaml").is_file()]
    # Each study has one figure, and there is no other.
    assert [link for link in links if link.endswith(".png")] == [f"{s}/normalised_score.png" for s in studies]
    assert studies
    assert all((ROOT / link).exists() for link in links)
