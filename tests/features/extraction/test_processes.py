"""Extraction in several processes and on a cluster, interrupted and resumed."""

import os
import re
import signal
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest
import soundfile

from segue.features import Catalog, Limits, UserError, extract_folder
from segue.features.extraction.cache import Cache, file_state
from segue.features.extraction.processes.task import Task, run_task
from segue.features.extraction.processes.worker import Worker


def test_processes_give_the_same_catalogue(extracted, music, tmp_path):
    report = extract_folder(music, tmp_path / "cat.parquet", jobs=2, min_duration=0, progress=False)
    pd.testing.assert_frame_equal(
        Catalog.load(report.catalog).tracks, Catalog.load(extracted.catalog).tracks, check_exact=True
    )


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_gives_the_same_catalogue(extracted, music, tmp_path):
    distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    with distributed.LocalCluster(
        1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        report = extract_folder(
            music,
            tmp_path / "cat.parquet",
            min_duration=0,
            scheduler=cluster.scheduler_address,
            progress=False,
        )
    pd.testing.assert_frame_equal(
        Catalog.load(report.catalog).tracks, Catalog.load(extracted.catalog).tracks, check_exact=True
    )
    with pytest.raises(UserError, match="No Dask scheduler answers"):
        extract_folder(music, tmp_path / "b.parquet", scheduler="nowhere", progress=False)


@pytest.mark.parametrize(("how", "jobs"), [(signal.SIGKILL, 2), (signal.SIGINT, 1)])
def test_a_killed_or_interrupted_extraction_resumes(tmp_path, how, jobs):
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
        # The bar does not show every number: with two processes it may jump from 2 to 4.
        while not re.search(rb" ([3-9]|1\d|20)/24 ", seen):
            chunk = run.stderr.read(1)
            assert chunk, "it ended before it was stopped"
            seen += chunk
        run.send_signal(how)
        # Its workers share its standard error, so this returns only when all of them are gone.
        rest = run.communicate(timeout=60)[1]
    assert not out.exists()
    assert (b"of 24 files are finished and kept in" in rest) == (how == signal.SIGINT)
    report = extract_folder(folder, out, jobs=1, min_duration=0, progress=False)
    assert report.tracks == 24
    assert report.computed <= 21


@pytest.fixture
def endless(tmp_path):
    """A folder with two files whose analysis takes minutes: three hours of digital silence each."""
    folder = tmp_path / "endless"
    folder.mkdir()
    for k in range(2):
        soundfile.write(folder / f"{k}.wav", np.full((1, 2), k / 10), 44100)
        content = bytearray((folder / f"{k}.wav").read_bytes())
        content[4:8], content[40:44] = b"\0\0\0\x70", b"\0\0\0\x70"
        (folder / f"{k}.wav").write_bytes(content)
        os.truncate(folder / f"{k}.wav", 0x70000000)  # takes no space on the disk
    return folder


def start_of_work(run):
    """Waits until an extraction shows its progress bar, which it does when its processes start."""
    seen = b""
    while b"0/2 " not in seen:
        chunk = run.stderr.read(1)
        assert chunk, seen
        seen += chunk


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_stuck_processes_end_with_the_extraction(tmp_path, endless, how):
    command = [sys.executable, "-m", "segue.experiments.cli", "extract", str(endless), "--jobs", "2"]
    command += ["--out", str(tmp_path / "cat.parquet")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as run:
        start_of_work(run)
        run.send_signal(how)
        # Its processes share its standard error, so this returns only when all of them are gone.
        run.communicate(timeout=30)
    assert run.returncode == (130 if how == signal.SIGINT else -how)


def test_a_file_that_takes_too_long_is_given_up(tmp_path, endless):
    report_of_both = r"0.wav takes longer than 1 s \(--timeout\); 1.wav takes longer"
    with pytest.raises(UserError, match=report_of_both):
        extract_folder(endless, tmp_path / "a.parquet", jobs=2, progress=False, limits=Limits(seconds=1))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")
def test_a_file_that_takes_too_much_memory_is_given_up(tmp_path):
    soundfile.write(tmp_path / "a.flac", np.random.default_rng(0).normal(0, 0.1, 300 * 22050), 22050)
    with Worker(Limits(memory=30_000_000)) as worker:
        result = worker.analyse(Task(tmp_path / "a.flac", "1", "none", False))
    assert result.content == ""
    assert result.outcome.track is None
    assert result.outcome.reason in (
        "needs more memory than one file may take",
        "crashes the process that analyses it",
    )


def test_a_file_that_is_still_being_written_is_not_cached(piece, tmp_path):
    path = tmp_path / "growing.wav"
    soundfile.write(path, piece(seconds=5)[0], 22050)
    task, ended = Task(path, "1", "none", False), threading.Event()
    assert run_task(task).state == file_state(path)

    def write() -> None:
        with path.open("ab") as file:
            while not ended.wait(0.001):  # slower than reading, which else would never reach the end
                file.write(bytes(1000))
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        result = run_task(task)
    finally:
        ended.set()
        writer.join()
    assert result.content == ""
    assert result.outcome.reason == "has changed while it was analysed; run the same command again"


def test_the_path_of_a_cache_need_not_be_unicode(music, tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9 100%?.sqlite")
    task = Task(music / "silence.wav", "1", str(path), False)
    with Cache(path) as cache:
        first = run_task(task)
        assert first.outcome.track is not None
        cache.put(first.content, "1", first.outcome)
        assert run_task(task).outcome is None  # it is found in the cache


def test_what_fails_unexpectedly_is_tried_again(music):
    broken = Task(music / "silence.wav", "1", 5, False)  # a path that is a number
    result = run_task(broken)
    assert result.content == ""
    assert result.outcome.reason.startswith("could not be analysed (TypeError: ")


def test_a_file_is_analysed_by_a_new_process_after_a_crash(music, tmp_path):
    with Worker(Limits()) as worker:
        tasks = [Task(music / name, "1", "none", False) for name in ("silence.wav", "lossy.mp3")]
        assert worker.analyse(tasks[0]).outcome.track is not None
        worker._process.kill()
        assert worker.analyse(tasks[1]).outcome.track is not None
