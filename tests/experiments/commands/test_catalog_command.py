"""The commands that describe and convert catalogues."""

import os
import re

import numpy as np
import pandas as pd
import pytest

from segue.experiments.cli import main
from segue.experiments.commands.music import bars
from segue.features import Catalog


def test_info_shows_what_a_catalogue_contains_and_lacks(tmp_path, capsys):
    frame = pd.DataFrame(
        {"tempo": [90.0, 100.0, np.nan, 130.0], "title": list("aabc"), "artist": list("xxyz")}
    )
    main(["catalog", "info", str(Catalog.from_frame(frame, "four").save(tmp_path / "four.parquet"))])
    printed = capsys.readouterr().out
    assert "4 tracks, 3 artists" in printed
    assert re.search(r"tempo +BPM +90 +91 +100 +127 +130 +1 ", printed)
    assert "Lacks: loudness, energy" in printed
    assert "intro and outro" in printed
    assert "Splits: 3 groups of tracks by shared artists and works, the largest 50%." in printed
    assert "Repeated recordings: 1;" in printed
    assert "--out picture.png" in printed


def test_info_says_what_is_too_large_to_be_kept_together(tmp_path, capsys):
    bach = pd.DataFrame({"tempo": range(100, 120), "artist": ["Bach"] * 15 + list("abcde")})
    main(["catalog", "info", str(Catalog.from_frame(bach, "bach").save(tmp_path / "bach.parquet"))])
    assert "75% of the tracks share artists with too many others and are grouped by work only" in (
        capsys.readouterr().out
    )


def test_info_on_a_table_says_what_was_changed(tmp_path, capsys):
    table = tmp_path / "songs.csv"
    table.write_text("track_id,tempo\na,120\nb,0\n")
    remark = r"songs\.csv was converted: tempo 0 means unknown: 1 row \(line 3\)\."
    with pytest.warns(UserWarning, match=remark):
        main(["catalog", "info", str(table)])
    assert "songs: 2 tracks" in capsys.readouterr().out


def test_a_histogram_in_one_line():
    assert bars(np.array([0.0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 4]), count=4) == "█▁▂▁"


def test_a_table_from_another_program_is_converted(tmp_path, capsys):
    table = tmp_path / "songs.csv"
    table.write_text(
        "track_id,track_name,artists,duration_ms,energy,tempo\na,T,X,200000,0.5,120\nb,U,Y,180000,0.4,0\n"
    )
    main(["catalog", "convert", str(table), "--out", str(tmp_path / "songs.parquet")])
    printed = capsys.readouterr().out
    assert "tempo 0 means unknown: 1 row (line 3)" in printed
    assert Catalog.load(tmp_path / "songs.parquet").missing == {"tempo": 1, "energy": 0}


def test_one_track_is_counted_in_the_singular(tmp_path, capsys):
    main(["catalog", "convert", "synthetic:1", "--out", str(tmp_path / "one.parquet")])
    main(["catalog", "info", str(tmp_path / "one.parquet")])
    printed = capsys.readouterr().out
    assert "1 track in" in printed
    assert "synthetic-1-0: 1 track, 1 artist" in printed
    assert "Splits: 1 group of tracks" in printed


def test_a_picture_of_tracks_that_do_not_differ(tmp_path, capsys):
    (tmp_path / "same.csv").write_text("id,tempo\na,120\nb,120\nc,120\nd,120\n")
    main(["catalog", "info", str(tmp_path / "same.csv"), "--out", str(tmp_path / "p.png")])
    assert "same: 4 tracks" in capsys.readouterr().out
    assert (tmp_path / "p.png").stat().st_size > 1000


@pytest.mark.parametrize(
    "command",
    [
        ["extract", "music"],
        ["catalog", "convert", "synthetic:5"],
        ["logs", "convert", "plays.zip"],
        ["logs", "match", "plays.parquet", "--catalog", "demo"],
    ],
)
def test_a_parquet_file_is_not_given_the_name_of_another_format(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main([*command, "--out", "songs.CSV"])
    assert ended.value.code == 2
    message = capsys.readouterr().err.strip()
    assert message.endswith("Parquet, but 'songs.CSV' ends in .CSV; choose a name such as songs.parquet.")
    assert not list(tmp_path.iterdir())


LONG = "x" * 300


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["extract", LONG, "--out", "a.parquet"], "There is no folder 'xxx"),
        (["extract", "music", "--out", LONG], "File name too long (xxx"),
        (["extract", "music", "--out", "table.csv/x.parquet"], "'table.csv' is not a folder"),
        (["extract", "music", "--out", "loop/x.parquet"], "loop/x.parquet"),
        (["extract", "music", "--out", "link/x.parquet"], "'link' is not a folder"),
        (
            ["extract", "music", "--out", "pipe.csv"],
            "'pipe.csv' is not a regular file; choose another output",
        ),
        (["catalog", "info", LONG], "Unknown catalogue 'xxx"),
        (["catalog", "info", "pipe.csv"], "'pipe.csv' is not a regular file"),
        (["catalog", "convert", LONG, "--out", "a.parquet"], "Unknown catalogue 'xxx"),
        (
            ["catalog", "convert", "missing.csv", "--out", "a.parquet"],
            "There is no file 'missing.csv'; check",
        ),
        (["catalog", "convert", "synthetic:5", "--out", LONG], "File name too long (xxx"),
        (["catalog", "convert", "synthetic:5", "--out", "table.csv/x.parquet"], "table.csv' is not a folder"),
        (["catalog", "convert", "synthetic:5", "--out", "loop/x.parquet"], "loop' is not a folder"),
        (["catalog", "convert", "synthetic:5", "--out", "link"], "link already exists"),
    ],
)
def test_impossible_names_end_in_a_sentence(tmp_path, monkeypatch, capsys, arguments, reason):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "a.mp3").touch()
    (tmp_path / "table.csv").write_text("id,tempo\na,100\n")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "link").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    message = capsys.readouterr().err
    assert message.startswith("segue: ")
    assert reason in message
    assert len(message) < 400
