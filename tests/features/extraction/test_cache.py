"""The cache of analysed files."""

import os
import re
import sqlite3
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.features import Track, UserError
from segue.features.extraction.cache import Cache, Outcome, file_state
from segue.features.extraction.cache_errors import DamagedCacheError, explained, put_aside


def test_outcomes_are_stored_by_content_and_version(tmp_path):
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


def test_files_that_are_not_caches_are_refused(tmp_path):
    (tmp_path / "no.sqlite").write_bytes(b"something else entirely" * 50)
    with pytest.raises(UserError, match="cannot be used"):
        Cache(tmp_path / "no.sqlite")
    Cache(tmp_path / "c.sqlite").close()
    db = sqlite3.connect(tmp_path / "c.sqlite")
    db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(UserError, match="layout is 99"):
        Cache(tmp_path / "c.sqlite")


def test_a_hash_is_known_for_the_state_in_which_the_file_was_read(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"first half")
    with Cache(tmp_path / "c.sqlite") as cache:
        before = file_state(path)
        path.write_bytes(b"first half, second half")
        cache.remember_file(path, "abc", before)
        assert cache.known_hash(path) is None
        cache.remember_file(path, "abc", file_state(path))
        assert cache.known_hash(path) == "abc"


def test_what_keeps_a_cache_from_being_opened_is_said(tmp_path):
    (tmp_path / "a.sqlite-wal").mkdir()
    with pytest.raises(UserError, match=r"cannot be opened or written \(.+\); move away all files"):
        Cache(tmp_path / "a.sqlite")
    (tmp_path / "b.sqlite").mkdir()
    with pytest.raises(UserError, match=r"b.sqlite' is a folder; move it away"):
        Cache(tmp_path / "b.sqlite")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"file' is not a folder; choose another output\."):
        Cache(tmp_path / "file" / "c.sqlite")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_no_cache(tmp_path):
    os.mkfifo(tmp_path / "c.sqlite")
    with pytest.raises(UserError, match=r"c.sqlite' is not a regular file; move it away"):
        Cache(tmp_path / "c.sqlite")


def sqlite_error(code):
    error = sqlite3.OperationalError("trouble")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "There is not enough memory for the cache"),
        (sqlite_error(sqlite3.SQLITE_NOMEM), "There is not enough memory for the cache"),
        (sqlite_error(sqlite3.SQLITE_NOTADB), "cannot be used (trouble)"),
        (sqlite_error(sqlite3.SQLITE_PROTOCOL), "is in use by another process"),
        (sqlite_error(sqlite3.SQLITE_IOERR), "cannot be opened or written (trouble)"),
    ],
    ids=["memory", "sqlite memory", "no database", "protocol", "io"],
)
def test_errors_that_are_no_damage_move_no_cache_away(tmp_path, error, reason):
    with pytest.raises(UserError, match=re.escape(reason)) as raised, explained(tmp_path / "c.sqlite"):
        raise error
    assert not isinstance(raised.value, DamagedCacheError)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_ERROR])
def test_errors_of_the_contents_are_damage(tmp_path, code):
    with pytest.raises(DamagedCacheError, match="trouble"), explained(tmp_path / "c.sqlite"):
        raise sqlite_error(code)


def test_a_full_disk_is_called_full_even_if_it_has_room_again(tmp_path):
    with pytest.raises(OSError, match="No space left") as raised, explained(tmp_path / "c.sqlite"):
        raise sqlite_error(sqlite3.SQLITE_FULL)
    assert raised.value.filename == str(tmp_path / "c.sqlite")


def test_the_results_of_an_older_layout_are_left_behind(tmp_path):
    db = sqlite3.connect(tmp_path / "c.sqlite")
    db.execute("CREATE TABLE results (hash TEXT, version TEXT, reason TEXT, row TEXT, frames BLOB)")
    db.execute("INSERT INTO results VALUES ('abc', '1', 'is empty', NULL, NULL)")
    db.execute("PRAGMA user_version=1")
    db.commit()
    db.close()
    with Cache(tmp_path / "c.sqlite") as cache:
        assert not cache.has("abc", "1")
        cache.put("abc", "1", Outcome(None, "is empty"))
        assert cache.has("abc", "1")


def test_another_programs_database_is_left_alone(tmp_path):
    db = sqlite3.connect(tmp_path / "c.sqlite")
    db.execute("CREATE TABLE results (mine TEXT)")
    db.close()
    before = (tmp_path / "c.sqlite").read_bytes()
    with pytest.raises(UserError, match="cannot be used"):
        Cache(tmp_path / "c.sqlite")
    assert (tmp_path / "c.sqlite").read_bytes() == before


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """The file of a cache with 40 outcomes."""
    path = tmp_path_factory.mktemp("cache") / "c.sqlite"
    with Cache(path) as cache:
        for k in range(40):
            frames = {"beats": np.arange(300, dtype=np.float32) + k}
            cache.put(str(k), "1", Outcome(Track({"tempo": 100.0 + k, "title": f"Song {k}"}, frames)))
    return path


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), min_size=1, max_size=30))
def test_of_a_damaged_cache_only_whole_outcomes_are_returned(tmp_path_factory, filled, flips):
    path = tmp_path_factory.mktemp("damaged") / "c.sqlite"
    content = bytearray(filled.read_bytes())
    for where, bit in flips:
        content[int(where * len(content))] ^= 1 << bit
    path.write_bytes(content)
    try:
        with Cache(path) as cache:
            for k in range(40):
                outcome = cache.get(str(k), "1")
                assert cache.has(str(k), "1") == (outcome is not None)
                if outcome is not None:
                    assert outcome.track.row == {"tempo": 100.0 + k, "title": f"Song {k}"}
                    np.testing.assert_array_equal(outcome.track.frames["beats"], np.arange(300) + k)
                cache.put(str(k), "1", Outcome(None, "again"))
                assert cache.get(str(k), "1").reason == "again"
    except DamagedCacheError:
        put_aside(path)
        with Cache(path) as cache:
            assert not cache.has("0", "1")
    except UserError:
        return  # it no longer looks like a cache at all


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs POSIX users")
def test_a_folder_that_must_not_be_written_to_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o555)
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)  # root may write everywhere
    try:
        with pytest.raises(PermissionError, match=r"c\.sqlite"):
            Cache("c.sqlite")
    finally:
        os.seteuid(me)


def test_a_cache_killed_while_writing_has_every_outcome_it_confirmed(tmp_path):
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
