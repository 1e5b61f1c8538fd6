"""Terminals and pipes of any encoding: what cannot be shown has a substitute."""

import io
import os
import subprocess
import sys

import pytest

from segue.experiments.logs import read_plays
from segue.experiments.substitutes import HANDLER, use_substitutes

C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""A locale in which Python takes the file system for ASCII."""


def segue(*arguments, **environment):
    done = subprocess.run(
        [sys.executable, "-m", "segue.experiments.cli", *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    return done.stdout


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_histogram_is_printed_in_any_encoding(encoding):
    shown = segue("catalog", "info", "demo", PYTHONIOENCODING=encoding).decode(encoding)
    row = next(line for line in shown.splitlines() if "tempo" in line)
    assert set("_.:-=+*#") & set(row)
    assert "?" not in shown


def test_the_help_is_printed_in_the_c_locale_without_its_coercion():
    shown = segue("--help", PYTHONIOENCODING="ascii", **C_LOCALE)
    assert b"compare" in shown


def test_a_report_is_printed_in_ascii(finished):
    shown = segue("runs", "list", finished, PYTHONIOENCODING="ascii").decode("ascii")
    assert "greedy-oracle" in shown


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("−1.5 × “é”", "ascii", '-1.5 x "e"'),
        ("−1 é ≤", "cp1252", "-1 é <="),
        ("Łódź 東", "latin-1", "?ód? ?".replace("d?", "dz")),
        ("\udcff.mp3", "utf-8", "?.mp3"),
        ("▁█ ─│", "ascii", "_# -|"),
    ],
)
def test_substitutes(text, encoding, shown, monkeypatch):
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding=encoding))
    use_substitutes()
    assert sys.stdout.errors == HANDLER
    print(text, end="", flush=True)
    assert buffer.getvalue().decode(encoding) == shown


def test_text_that_the_locale_cannot_encode_is_kept(tmp_path):
    file = tmp_path / "étude.yaml"
    environment = "{id: segue/Playlist-v0, settings: {catalog: 'synthetic:60', pool_size: 5}}"
    agents = "[{name: random}, {name: greedy-oracle}]"
    text = f"name: é\nenvironments: [{environment}]\nagents: {agents}\nresamples: 100\nfigures: false\n"
    file.write_text(text, encoding="utf-8")
    changes = ("description=Où ?", "evaluation.episodes=40", "training.seeds=[1]")
    out, sets = tmp_path / "out", [part for change in changes for part in ("--set", change)]
    assert b"Report: " in segue("compare", file, "--out", out, "--jobs", "1", *sets, **C_LOCALE)
    assert "description: Où ?" in (out / "study.yaml").read_text("utf-8")
    assert "étude.yaml" in (out / "report.html").read_text("utf-8")


def test_a_template_is_written_under_any_name(tmp_path):
    segue("init", tmp_path / "étude.yaml", **C_LOCALE)
    assert "étude" in (tmp_path / "étude.yaml").read_text("utf-8")


def test_words_and_names_of_files_are_taken_as_they_were_typed(tmp_path):
    log, plays, page = tmp_path / "é.csv", tmp_path / "été.parquet", tmp_path / "set 🎵.xspf"
    log.write_text("song,when\nUne,1600000000\nDeux,1600000300\n", "utf-8")
    (tmp_path / "names.yaml").write_text("columns: {track: song, time: when}\n", "utf-8")
    columns = ("--columns", tmp_path / "names.yaml")
    segue("logs", "convert", log, *columns, "--listener", "Zoé", "--out", plays, **C_LOCALE)
    assert set(read_plays(plays)["listener"]) == {"Zoé"}
    segue("playlist", "synthetic:30", "--tracks", 2, "--title", "Été 🎵", "--out", page, **C_LOCALE)
    assert "<title>Été 🎵</title>" in page.read_text("utf-8")


def test_what_was_changed_in_a_table_is_a_sentence(tmp_path):
    table = tmp_path / "été.csv"
    table.write_text("title,tempo\na,120\nb,0\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "segue.experiments.cli", "catalog", "info", str(table)],
        env={**os.environ, **C_LOCALE, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
    )
    assert done.stderr.decode() == "segue: été.csv was converted: tempo 0 means unknown: 1 row (line 3).\n"
