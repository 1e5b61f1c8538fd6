import csv
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from segue.features import Catalog, UserError
from segue.features.extraction.cache import Cache, Outcome
from segue.features.extraction.extract import extract_folder
from segue.features.extraction.find_audio import find_audio
from segue.features.extraction.track import Track
from segue.features.extraction.workers import Task, run_task
from segue.features.schema import columns_by_name


def by_path(report):
    return Catalog.load(report.catalog).tracks.set_index("path")


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
    edges = {"intro_end", "outro_start", "segments"}  # the piece is too short for them
    for name, entry in columns_by_name().items():
        if name in optional | edges:
            continue
        assert name in tracks, name
        assert row[name] != "" if entry.text else np.isfinite(row[name]), name
        if not entry.text:
            assert entry.low is None or row[name] >= entry.low - 1e-6, name
            assert entry.high is None or row[name] <= entry.high + 1e-6, name


def test_the_music_is_recognised(extracted):
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
    assert "no audio file" in rows["text.mp3"]
    assert "does not exist" in rows["dangling.wav"]
    assert "zero.mp3 is empty" in str(extracted)


def test_silence_is_a_track_of_which_nothing_is_claimed(extracted):
    row = by_path(extracted).loc["silence.wav"]
    assert row["duration"] == pytest.approx(5)
    assert row[["tempo", "key", "loudness", "energy", "valence"]].isna().all()


def test_frames_are_stored_aside(extracted):
    frames = pd.read_parquet(extracted.frames).set_index("id")
    tracks = Catalog.load(extracted.catalog).tracks
    assert list(frames.index) == list(tracks["id"])
    k = int(tracks.index[tracks["path"] == "lossy.mp3"][0])
    assert set(frames) == {"beats", "boundaries", "energy_curve", "mfcc_cov"}
    assert len(frames["mfcc_cov"].iloc[k]) == 400
    assert len(frames["energy_curve"].iloc[k]) == 15
    assert np.diff(frames["beats"].iloc[k]) == pytest.approx(0.5, abs=0.05)


def test_a_second_run_computes_only_what_changed(extracted, music, tmp_path):
    folder = tmp_path / "music"
    shutil.copytree(music, folder, symlinks=True)
    for file in extracted.catalog.parent.iterdir():
        shutil.copy(file, tmp_path / file.name)
    out = tmp_path / "cat.parquet"
    # The copy has other paths, but the same content.
    again = extract_folder(folder, out, jobs=1, progress=False)
    assert again.computed == 0
    pd.testing.assert_frame_equal(
        Catalog.load(out).tracks, Catalog.load(extracted.catalog).tracks, check_exact=True
    )
    (folder / "lossy.mp3").rename(folder / "renamed.mp3")
    soundfile.write(folder / "new.wav", np.random.default_rng(0).normal(0, 0.1, 22050), 22050)
    third = extract_folder(folder, out, jobs=1, progress=False)
    assert third.computed == 1
    assert {"renamed.mp3", "new.wav"} <= set(by_path(third).index)
    (folder / "new.wav").unlink()
    assert extract_folder(folder, out, jobs=1, progress=False).tracks == 5


def test_processes_give_the_same_catalogue(extracted, music, tmp_path):
    report = extract_folder(music, tmp_path / "cat.parquet", jobs=2, progress=False)
    pd.testing.assert_frame_equal(
        Catalog.load(report.catalog).tracks, Catalog.load(extracted.catalog).tracks, check_exact=True
    )


@pytest.mark.parametrize(("how", "jobs"), [(signal.SIGKILL, 2), (signal.SIGINT, 1)])
def test_killed_or_interrupted_it_goes_on_where_it_stopped(tmp_path, how, jobs):
    folder, out = tmp_path / "music", tmp_path / "cat.parquet"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for k in range(24):
        soundfile.write(folder / f"{k:02d}.wav", rng.normal(0, 0.1, 30 * 22050), 22050)
    code = (
        "import sys; from segue.features.extraction.extract import extract_folder; "
        "extract_folder(sys.argv[1], sys.argv[2], jobs=int(sys.argv[3]))"
    )
    command = [sys.executable, "-c", code, str(folder), str(out), str(jobs)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=os.environ) as run:
        seen = b""
        # The bar does not show every number: with two processes it may go from 2 to 4.
        while not re.search(rb" ([3-9]|1\d|20)/24 ", seen):
            chunk = run.stderr.read(1)
            assert chunk, "it ended before it could be stopped"
            seen += chunk
        run.send_signal(how)
        # Its processes have the same standard error: this ends only when all of them are gone.
        rest = run.communicate(timeout=60)[1]
    assert not out.exists()
    assert (b"of 24 files are done and kept in" in rest) == (how == signal.SIGINT)
    report = extract_folder(folder, out, jobs=1, progress=False)
    assert report.tracks == 24
    assert report.computed <= 21


def test_a_cache_killed_in_the_middle_of_writing_has_all_that_it_said_it_has(tmp_path):
    code = (
        "import sys; import numpy as np; from segue.features.extraction.cache import Cache, Outcome; "
        "from segue.features.extraction.track import Track; cache = Cache(sys.argv[1]); "
        "track = Track({'tempo': 100.0}, {'beats': np.arange(20000, dtype=np.float32)})\n"
        "for k in range(10**9): cache.put(str(k), '1', Outcome(track)); print(k, flush=True)"
    )
    path = tmp_path / "c.sqlite"
    for round_, stop in enumerate((3, 10, 25)):
        with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as run:
            for _ in range(stop):
                last = int(run.stdout.readline())
            run.kill()
            last = max([last, *map(int, run.stdout.read().split(b"\n")[:-1])])
        with Cache(path) as cache:
            stored = [k for k in range(last + 2) if cache.has(str(k), "1")]
            assert stored in (list(range(last + 1)), list(range(last + 2))), round_
            assert all(len(cache.get(str(k), "1").track.frames["beats"]) == 20000 for k in stored)
        db = sqlite3.connect(path)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.execute("DELETE FROM results")
        db.commit()
        db.close()


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs users")
def test_folders_and_files_that_may_not_be_read_are_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, mode in (("closed", 0o000), ("listed", 0o444)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.wav").write_bytes(b"RIFF")
        (tmp_path / name).chmod(mode)
    (tmp_path / "b.wav").write_bytes(b"RIFF")
    (tmp_path / "b.wav").chmod(0o000)
    tmp_path.chmod(0o755)
    me = os.geteuid()
    with Cache(tmp_path / "c.sqlite") as cache:
        if me == 0:
            os.seteuid(65534)  # root may read everything
        try:
            paths = list(find_audio(Path()))
            hashes = [cache.known_hash(path) for path in paths]
            reasons = [run_task(Task(path, "1", "none", False))[1].reason for path in paths]
        finally:
            os.seteuid(me)
    (tmp_path / "closed").chmod(0o755)
    (tmp_path / "listed").chmod(0o755)
    assert sorted(map(str, paths)) == ["b.wav", "closed", "listed/a.wav"]
    assert hashes == [None] * 3
    assert reasons == ["may not be read (permission denied)"] * 3


def test_nothing_is_printed_but_the_bar(music, tmp_path):
    code = (
        "import sys; from segue.features.extraction.extract import extract_folder; "
        "extract_folder(sys.argv[1], sys.argv[2], jobs=1, progress=False)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code, str(music), str(tmp_path / "a.parquet")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == done.stderr == ""


def test_requests_that_cannot_be_met(music, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "x.mp3").write_text("no")
    other = tmp_path / "mine.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(other)
    before = other.read_bytes()
    for folder, out, reason in [
        (tmp_path / "missing", "a.parquet", "no folder"),
        (tmp_path / "empty", "a.parquet", "no audio file below"),
        (tmp_path / "bad", "a.parquet", "None of the 1 audio files.*x.mp3 is no audio file"),
        (music, other.name, "left as it is"),
        (music, "empty", "is a folder"),
    ]:
        with pytest.raises(UserError, match=reason):
            extract_folder(folder, tmp_path / out, jobs=1, progress=False)
    assert other.read_bytes() == before
    assert not (tmp_path / "a.parquet").exists()


def test_cache_round_trip_and_version(tmp_path):
    track = Track(
        {"tempo": 100.0, "key": float("nan"), "title": "é"}, {"beats": np.arange(3, dtype=np.float32)}
    )
    with Cache(tmp_path / "c.sqlite") as cache:
        cache.put("abc", "1", Outcome(track))
        cache.put("bad", "1", Outcome(None, "is empty"))
        back = cache.get("abc", "1").track
        assert back.row["tempo"] == 100
        assert np.isnan(back.row["key"])
        assert back.row["title"] == "é"
        np.testing.assert_array_equal(back.frames["beats"], [0, 1, 2])
        assert cache.get("bad", "1").reason == "is empty"
        assert cache.get("abc", "2") is None
    (tmp_path / "no.sqlite").write_bytes(b"something else entirely" * 50)
    with pytest.raises(UserError, match="cannot be used"):
        Cache(tmp_path / "no.sqlite")
    db = sqlite3.connect(tmp_path / "c.sqlite")
    db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(UserError, match="layout is 99"):
        Cache(tmp_path / "c.sqlite")


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_gives_the_same_catalogue(extracted, music, tmp_path):
    distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    with distributed.LocalCluster(
        1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        report = extract_folder(
            music, tmp_path / "cat.parquet", scheduler=cluster.scheduler_address, progress=False
        )
    pd.testing.assert_frame_equal(
        Catalog.load(report.catalog).tracks, Catalog.load(extracted.catalog).tracks, check_exact=True
    )
    with pytest.raises(UserError, match="No Dask scheduler answers"):
        extract_folder(music, tmp_path / "b.parquet", scheduler="nowhere", progress=False)
