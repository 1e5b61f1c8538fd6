"""The wall time of a study, summed over invocations."""

import errno
import os
import threading

import pytest

from segue.experiments.storage.wall_time import record_wall_time, wall_time
from segue.experiments.study.results import Results


def test_the_time_of_all_invocations_is_summed_without_damaged_records(tmp_path):
    with record_wall_time(tmp_path, 2):
        pass
    (tmp_path / "20200101T000000-1.json").write_text('{"seconds": 100.0, "processes": 3}')
    for number, damage in enumerate(["", "{", "[]", "\xff", '{"seconds": "x", "processes": 9}']):
        (tmp_path / f"20200101T000000-9{number}.json").write_text(damage, encoding="latin-1")
    seconds, processes = wall_time(tmp_path)
    assert 100 <= seconds < 200
    assert processes == 3


def test_a_study_reports_its_wall_time(finished):
    timing = Results.load(finished / "results").timing.iloc[0]
    assert timing["train_seconds"] > 0
    assert timing["wall_seconds"] > timing["train_seconds"]  # with one process
    assert timing["reused"] == 0


def test_a_full_disk_ends_no_thread_with_a_traceback(tmp_path, monkeypatch, capsys):
    tried = threading.Event()

    def full(file, content):
        tried.set()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("segue.experiments.storage.wall_time.INTERVAL", 0.001)
    monkeypatch.setattr("segue.experiments.storage.wall_time.write_json", full)
    with pytest.raises(OSError, match="No space left"), record_wall_time(tmp_path, 1):
        assert tried.wait(10)
    assert capsys.readouterr().err == ""
