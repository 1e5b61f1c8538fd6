"""The cache of analysed files."""

import sqlite3
import subprocess
import sys

import numpy as np
import pytest

from segue.features import Track, UserError
from segue.features.extraction.cache import Cache, Outcome


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
