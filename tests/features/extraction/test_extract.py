"""Extraction of a folder: the catalogue, the frames, the report and the cache."""

import csv
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pytest
import soundfile

from segue.features import Catalog, ExtractionReport, UserError, extract_folder
from segue.features.extraction.output_files import OutputFiles
from segue.features.extraction.results import path_text
from segue.features.schema import columns_by_name


def by_path(report):
    return Catalog.load(report.catalog).tracks.set_index("path")


def test_the_catalogue_knows_the_folder_that_its_paths_begin_in(extracted, music):
    catalog = Catalog.load(extracted.catalog)
    assert catalog.root == str(music.resolve())
    assert all((music / path).is_file() for path in catalog.tracks["path"])


def test_every_column_of_the_schema_is_filled(extracted):
    tracks = by_path(extracted)
    row = tracks.loc["Some Artist/Some Album/01 - First Song.flac"]
    optional = {
        "genre",
        "year",
        "replay_gain",
        "source",
        "licence",
        "pitch_range",
        "voiced_share",
        "track",
        "path",
    }
    edges = {"intro_end", "outro_start", "segments"}  # unknown for a piece this short
    for name, entry in columns_by_name().items():
        if name in optional | edges:
            continue
        assert name in tracks, name
        assert row[name] != "" if entry.text else np.isfinite(row[name]), name
        if not entry.text:
            assert entry.low is None or row[name] >= entry.low - 1e-6, name
            assert entry.high is None or row[name] <= entry.high + 1e-6, name


def test_tempo_key_and_tags_are_recognised(extracted):
    tracks = by_path(extracted)
    first = tracks.loc["Some Artist/Some Album/01 - First Song.flac"]
    assert first["tempo"] == pytest.approx(120, rel=0.005)
    assert first["camelot"] == "8A"
    assert tuple(first[["title", "artist", "album"]]) == ("First Song", "Some Artist", "Some Album")
    second = tracks.loc["Some Artist/Some Album/02 - Second Song.wav"]
    assert second["tempo"] == pytest.approx(96, rel=0.005)
    assert second["camelot"] == "12B"
    lossy = tracks.loc["lossy.mp3"]
    assert lossy["camelot"] == first["camelot"]
    assert lossy["loudness"] == pytest.approx(first["loudness"], abs=3.2)  # one channel is 3 dB below two


def test_bad_files_are_listed_with_a_reason(extracted):
    assert extracted.tracks == 5
    with extracted.errors.open(encoding="utf-8", newline="") as file:
        rows = dict(list(csv.reader(file))[1:])
    assert set(rows) == {"zero.mp3", "text.mp3", "dangling.wav"}
    assert "0 bytes" in rows["zero.mp3"]
    assert "not a readable audio file" in rows["text.mp3"]
    assert "does not exist" in rows["dangling.wav"]
    assert "zero.mp3 is empty" in str(extracted)


def test_silence_is_a_track_with_unknown_features(extracted):
    row = by_path(extracted).loc["silence.wav"]
    assert row["duration"] == pytest.approx(5)
    assert row[["tempo", "key", "loudness", "energy", "valence"]].isna().all()
    assert row["sound_type"] == "silence"
    assert extracted.sound_types == {"music": 4, "silence": 1}
    assert "Not music, so pools leave them out (column sound_type): 1 silence, 0 speech" in str(extracted)


def test_files_shorter_than_a_track_are_left_out_and_listed(extracted, music, tmp_path):
    for file in extracted.catalog.parent.iterdir():
        shutil.copy(file, tmp_path / file.name)
    report = extract_folder(music, tmp_path / "cat.parquet", jobs=1, min_duration=10, progress=False)
    assert report.computed == 0
    assert "silence.wav" not in by_path(report).index
    assert report.short == [("silence.wav", "lasts 5 s, less than a track's 10 s (--min-duration)")]
    assert "1 file shorter than 10 s left out" in str(report)
    assert "silence.wav,lasts 5 s" in report.errors.read_text(encoding="utf-8").replace('"', "")
    with pytest.raises(UserError, match=r"lasts 15 s, less than a track's 30 s .* or another --min-duration"):
        extract_folder(music / "Some Artist", tmp_path / "cat.parquet", jobs=1, progress=False)


def test_a_damaged_row_of_the_cache_is_made_again(extracted, music, tmp_path):
    for file in extracted.catalog.parent.iterdir():
        shutil.copy(file, tmp_path / file.name)
    db = sqlite3.connect(tmp_path / "cat.cache.sqlite")
    (row,) = db.execute("SELECT row FROM results WHERE row IS NOT NULL").fetchone()
    db.execute("UPDATE results SET row=? WHERE row=?", (row.replace(b'"faults": 0', b'"faults": 7'), row))
    db.commit()
    db.close()
    report = extract_folder(music, tmp_path / "cat.parquet", jobs=1, min_duration=0, progress=False)
    assert report.computed == 1
    pd.testing.assert_frame_equal(by_path(report), by_path(extracted), check_exact=True)


def test_a_cache_that_is_damaged_as_a_whole_is_put_aside(extracted, music, tmp_path):
    cache = tmp_path / "cat.cache.sqlite"
    content = (extracted.catalog.parent / cache.name).read_bytes()
    cache.write_bytes(content[: len(content) // 2])
    report = extract_folder(music, tmp_path / "cat.parquet", jobs=1, min_duration=0, progress=False)
    assert report.computed > 0
    assert "The damaged cache was renamed to" in str(report)
    assert "all files were analysed again" in str(report)
    assert cache.with_name(cache.name + ".damaged").stat().st_size == len(content) // 2
    pd.testing.assert_frame_equal(by_path(report), by_path(extracted), check_exact=True)


@pytest.mark.skipif(sys.platform != "linux", reason="needs bash's limit on the size of files")
def test_a_full_disk_is_named_as_what_it_is(music, tmp_path):
    command = [sys.executable, "-m", "segue.experiments.cli", "extract", str(music), "--out", "cat.parquet"]
    limited = f"ulimit -f 40; exec {shlex.join(command)}"
    done = subprocess.run(["bash", "-c", limited], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "segue: File too large (cat.cache.sqlite). Fix this and run the same command again" in done.stderr


def test_frames_are_stored_in_a_separate_file(extracted):
    frames = pd.read_parquet(extracted.frames).set_index("id")
    tracks = Catalog.load(extracted.catalog).tracks
    assert list(frames.index) == list(tracks["id"])
    k = int(tracks.index[tracks["path"] == "lossy.mp3"][0])
    assert set(frames) == {"beats", "boundaries", "energy_curve", "mfcc_cov"}
    assert len(frames["mfcc_cov"].iloc[k]) == 400
    assert len(frames["energy_curve"].iloc[k]) == 15
    assert np.diff(frames["beats"].iloc[k]) == pytest.approx(0.5, abs=0.05)


def test_a_second_run_analyses_only_what_changed(extracted, music, tmp_path):
    folder = tmp_path / "music"
    shutil.copytree(music, folder, symlinks=True)
    for file in extracted.catalog.parent.iterdir():
        shutil.copy(file, tmp_path / file.name)
    out = tmp_path / "cat.parquet"
    # The copies have other paths but the same content.
    again = extract_folder(folder, out, jobs=1, min_duration=0, progress=False)
    assert again.computed == 0
    assert again.remarks == [f"Replaced the catalogue of {music.resolve()}."]
    pd.testing.assert_frame_equal(
        Catalog.load(out).tracks, Catalog.load(extracted.catalog).tracks, check_exact=True
    )
    (folder / "lossy.mp3").rename(folder / "renamed.mp3")
    soundfile.write(folder / "new.wav", np.random.default_rng(0).normal(0, 0.1, 22050), 22050)
    third = extract_folder(folder, out, jobs=1, min_duration=0, progress=False)
    assert (third.computed, third.remarks) == (1, [])
    assert {"renamed.mp3", "new.wav"} <= set(by_path(third).index)
    (folder / "new.wav").unlink()
    assert extract_folder(folder, out, jobs=1, min_duration=0, progress=False).tracks == 5


def test_nothing_is_printed_without_the_progress_bar(music, tmp_path):
    code = (
        "import sys; from segue.features.extraction.extract import extract_folder; "
        "extract_folder(sys.argv[1], sys.argv[2], jobs=1, min_duration=0, progress=False)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code, str(music), str(tmp_path / "a.parquet")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == done.stderr == ""


def test_impossible_requests_are_refused_and_change_nothing(music, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "x.mp3").write_text("no")
    other = tmp_path / "mine.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(other)
    before = other.read_bytes()
    for folder, out, reason in [
        (tmp_path / "missing", "a.parquet", "no folder"),
        (tmp_path / "empty", "a.parquet", "no audio file below"),
        (tmp_path / "bad", "a.parquet", "None of the 1 audio files.*x.mp3 is not a readable audio file"),
        (music, other.name, "exists and is not a segue catalogue; choose another output file"),
        (music, "empty", "is a folder"),
    ]:
        with pytest.raises(UserError, match=reason):
            extract_folder(folder, tmp_path / out, jobs=1, min_duration=0, progress=False)
    assert other.read_bytes() == before
    assert not (tmp_path / "a.parquet").exists()


def test_files_of_others_are_left_alone(music, tmp_path):
    (tmp_path / "a.errors.csv").write_text("mine,too\n")
    (tmp_path / "b.frames.parquet").write_text("mine")
    Catalog.synthetic(5).save(tmp_path / "c.frames.parquet")  # as --out c.frames.parquet would write it
    Catalog.synthetic(5).save(tmp_path / "d.parquet")
    (tmp_path / "e.cache.sqlite").mkdir()
    os.mkfifo(tmp_path / "f.parquet")
    (tmp_path / "g.parquet").symlink_to("nowhere.parquet")
    contents = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    for name, reason in [
        (
            "a",
            r"a.errors.csv' exists and was not written by `segue extract`; move it away, or choose another",
        ),
        ("b", r"b.frames.parquet' exists and was not written by `segue extract`"),
        ("c", r"c.frames.parquet' exists and was not written by `segue extract`"),
        ("d", r"d.parquet' is a catalogue that was not extracted from audio; choose another output file"),
        ("e", r"e.cache.sqlite' is a folder; choose another output file"),
        ("f", r"f.parquet' is not a regular file; choose another output file"),
        ("g", r"g.parquet' is a link that leads nowhere; choose another output file"),
    ]:
        with pytest.raises(UserError, match=reason):
            extract_folder(music, tmp_path / f"{name}.parquet", jobs=1, min_duration=0, progress=False)
    assert {path: path.read_bytes() for path in contents} == contents
    assert len(list(tmp_path.iterdir())) == 7


@pytest.mark.parametrize(
    ("out", "stem"),
    [
        ("music.parquet", "music"),
        ("Music.PARQUET", "Music"),
        ("set.v1", "set.v1"),
        ("a.b.parquet", "a.b"),
        ("music", "music"),
        (".parquet", ".parquet"),
    ],
)
def test_files_beside_the_catalogue_have_names_of_their_own(tmp_path, out, stem):
    files = OutputFiles(tmp_path / out)
    assert files.frames == tmp_path / f"{stem}.frames.parquet"
    assert files.errors == tmp_path / f"{stem}.errors.csv"
    assert files.cache == tmp_path / f"{stem}.cache.sqlite"
    assert files.title == stem


@pytest.mark.parametrize(
    "name",
    ["\u3000a\u00a0b", "zero\u200dwidth\u200c", "soft\u00adhyphen", "\u200fب\u202e", "日本", "a\\b", "🎵"],
)
def test_ordinary_unicode_names_stand_in_the_catalogue_as_they_are(name):
    assert path_text(PurePosixPath("folder") / name) == f"folder/{name}"


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        (b"caf\xe9", r"caf\xe9"),
        (b"a\nb\x1b[31m", r"a\nb\x1b[31m"),
        ("a\u2028b\u0085".encode(), r"a\u2028b\x85"),
    ],
)
def test_what_breaks_a_line_or_is_not_unicode_is_escaped(name, text):
    assert path_text(PurePosixPath(os.fsdecode(name))) == text


def test_a_report_counts_and_shows_names_in_a_line():
    report = ExtractionReport(
        Path("m.parquet"), Path("f"), Path("e.csv"), 1, 1, failures=[("a\u202egpj.mp3", "is empty")], hidden=1
    )
    assert str(report).splitlines() == [
        "1 track in m.parquet (1 file analysed in this run)",
        "1 file without usable audio, listed in e.csv:",
        r"  a\u202egpj.mp3 is empty",
        "Hidden files and hidden or system folders passed over: 1",
    ]


def test_a_damaged_catalogue_is_not_replaced_and_called_damaged(music, tmp_path):
    out = Catalog.synthetic(20).save(tmp_path / "a.parquet")
    content = out.read_bytes()
    for damaged in (content[: len(content) // 2], content.replace(b"synthetic", b"synthesis")):
        out.write_bytes(damaged)
        with pytest.raises(
            UserError, match=r"a.parquet' is damaged .*; restore it from a copy, or delete it"
        ):
            extract_folder(music, out, jobs=1, min_duration=0, progress=False)
        assert out.read_bytes() == damaged
