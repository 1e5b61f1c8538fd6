"""The README: its code runs, its results are the kept ones, and its links lead somewhere."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
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


def test_every_block_is_run_by_a_test_in_this_file():
    assert {language for language, _ in BLOCKS} == {"python", "sh", "text"}
    heads = {" ".join(command.split()[:2]) for command in COMMANDS}
    segue = {f"segue {command}" for command in ("extract", "catalog", "playlist", "logs", "fit")}
    assert heads == {"make demo", "make test", *segue}


SMALLER = {
    "steps=20_000": "steps=2_048",
    "range(200)": "range(20)",
    "range(100)": "range(20)",
    "evaluation: {episodes: 100}": "evaluation: {episodes: 20}\ntraining: {seeds: 2}\nfigures: false",
}
"""Sizes of the README, and those of this test, which looks at no figures."""


def test_every_text_that_the_test_replaces_is_in_the_readme():
    assert [text for text in SMALLER if text not in README] == []


@pytest.mark.parametrize("code", PYTHON[1:], ids=lambda code: code.splitlines()[0][:40])
def test_python_blocks_run_without_warnings(code, tmp_path):
    for text, other in SMALLER.items():
        code = code.replace(text, other)
    done = run([sys.executable, "-W", "error", "-c", code], tmp_path)
    assert done.stdout
    assert "Warning" not in done.stderr


def test_the_first_look_shows_what_it_prints_and_that_transitions_matter(tmp_path):
    (shown,) = [text for language, text in BLOCKS if language == "text"]
    done = run([sys.executable, "-W", "error", "-c", PYTHON[0]], tmp_path)
    assert "Warning" not in done.stderr
    assert [line.rstrip() for line in done.stdout.splitlines() if line] == [
        line for line in shown.splitlines() if line
    ]
    random, smooth = shown.split("\n\n")
    assert smooth.count("  1.00  ") >= random.count("  1.00  ") + 4
    assert "· left" in random
    assert "-" not in re.sub(r"[^-\d.]", "", "".join(re.findall(r" (-?\d\.\d\d) ", shown)))


@pytest.mark.parametrize(
    ("target", "command"),
    [("demo", "segue compare experiments/configs/demo.yaml --out runs/demo"), ("test", "pytest")],
)
def test_make_has_the_two_targets(target, command):
    assert command in run(["make", "--dry-run", target], ROOT).stdout


def test_the_music_commands_make_catalogues(tmp_path):
    music = tmp_path / "Music"
    music.mkdir()
    seconds = np.arange(0, 31, 1 / 22050)
    (tmp_path / "songs.csv").write_text("track_id,track_name,energy,tempo\na,T,0.5,120\nb,U,0.4,90\n")
    for number, pitch in enumerate((220.0, 330.0)):
        pulse = (seconds % 0.5 < 0.1) * np.sin(2 * np.pi * pitch * seconds)
        soundfile.write(music / f"piece {number}.wav", 0.3 * pulse, 22050)
    shell = [command for command in COMMANDS if command.startswith(("segue extract", "segue catalog"))]
    for command in shell:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        # The caches stay where they are: Matplotlib would look for the fonts of the machine in every test.
        cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        done = run(["sh", "-c", command], tmp_path, HOME=str(tmp_path), XDG_CACHE_HOME=cache, PATH=path)
        assert "Warning" not in done.stderr
    assert {"music.parquet", "music.png", "songs.parquet"} <= {path.name for path in tmp_path.iterdir()}


def test_the_playlist_commands_make_playlists(tmp_path, monkeypatch, capsys):
    from segue.experiments.cli import main
    from segue.features import open_catalog

    monkeypatch.chdir(tmp_path)
    open_catalog("demo").save("music.parquet")
    for command in COMMANDS:
        if command.startswith("segue playlist") and "mine.yaml" not in command:
            main(command.split()[1:])
    assert {"demo.m3u8", "set.m3u8"} <= {path.name for path in tmp_path.iterdir()}
    assert "order regret" in capsys.readouterr().out


def streaming_history(plays, catalog):
    """Returns plays as Spotify exports them."""
    tracks = catalog.tracks.set_index("id").loc[plays["track"]]
    titles, artists, lengths = (tracks[name].to_numpy() for name in ("title", "artist", "duration"))
    heard = np.round(1000 * plays["listened"] * lengths).astype(int)
    stopped = plays["time"] + pd.to_timedelta(heard, unit="ms")
    return [
        {
            "ts": f"{stop:%Y-%m-%dT%H:%M:%SZ}",
            "ms_played": int(ms),
            "master_metadata_track_name": title,
            "master_metadata_album_artist_name": artist,
            "spotify_track_uri": f"spotify:track:{track}",
            "reason_start": "trackdone",
            "reason_end": "fwdbtn" if skipped else "trackdone",
            "skipped": bool(skipped),
            "incognito_mode": False,
        }
        for stop, ms, title, artist, track, skipped in zip(
            stopped, heard, titles, artists, plays["track"], plays["skipped"], strict=True
        )
    ]


def test_the_commands_on_logs_fit_a_listener_and_make_a_playlist(tmp_path, monkeypatch, capsys):
    from segue.experiments.cli import main
    from segue.experiments.fitting.simulated_logs import simulate_log
    from segue.features import open_catalog

    monkeypatch.chdir(tmp_path)
    catalog = open_catalog("demo")
    catalog.save("music.parquet")
    plays = simulate_log("session", catalog, listeners=1, sessions_each=120, seed=1).plays
    with zipfile.ZipFile("my_spotify_data.zip", "w") as archive:
        history = json.dumps(streaming_history(plays, catalog))
        archive.writestr("Spotify Extended Streaming History/Streaming_History_Audio_2024_0.json", history)
    first = next(index for index, command in enumerate(COMMANDS) if command.startswith("segue logs"))
    for command in COMMANDS[first : first + 4]:
        main(command.split()[1:])
    assert {"mine.yaml", "mine.html", "mine.m3u8"} <= {path.name for path in tmp_path.iterdir()}
    assert "Forecasts of the next skip" in capsys.readouterr().out


def test_the_named_study_comes_with_segue(capsys):
    from segue.experiments.cli import main

    studies = set(re.findall(r"`segue compare (\S+) --out", README))
    main(["configs"])
    assert set() < studies <= set(capsys.readouterr().out.split())


def test_the_results_are_those_of_the_kept_study():
    from segue.experiments.publish import marks
    from segue.experiments.reporting.results_markdown import summary

    start, end = marks("summary", "standard")
    shown = README.partition(start)[2].partition(end)[0]
    assert shown == f"\n{summary(ROOT / 'experiments' / 'results' / 'standard', ROOT / 'README.md')}"


def test_links_lead_to_files_of_the_repository():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    assert [link for link in links if link.endswith(".png")]
    assert [link for link in links if not (ROOT / link).exists()] == []
