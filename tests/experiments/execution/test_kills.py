"""A study comes to the same numbers however often it is killed, and whoever else is at work in its folder."""

import contextlib
import multiprocessing
import os
import resource
import time
from pathlib import Path

import numpy as np
import pytest

from segue.experiments.cli import main
from segue.experiments.storage.atomic import PARTIAL
from segue.experiments.study.results import Results

KILLS = 10


@pytest.fixture(scope="module")
def processes():
    """Starts processes that have imported all that is slow to import."""
    context = multiprocessing.get_context("forkserver")
    rooms = (
        "experiments.study",
        "experiments.figures",
        "experiments.report",
        "agents.training",
        "agents.sb3",
    )
    context.set_forkserver_preload([f"segue.{room}" for room in rooms])
    return context


def assert_same_numbers(one, other):
    first, second = Results.load(one / "results"), Results.load(other / "results")
    for name in ("scores", "differences", "episodes", "plays", "order", "groups", "improvement"):
        assert getattr(first, name).equals(getattr(second, name)), name


def quietly(arguments, errors=os.devnull, limit=None):
    """The command line in a process of its own, with no file larger than a limit."""
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    with (
        Path(os.devnull).open("w") as out,
        Path(errors).open("w") as told,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(told),
    ):
        main(arguments)


def command(study_file, out):
    return ["compare", str(study_file), "--out", str(out), "--jobs", "1"]


def test_ten_kills_at_random_moments_change_nothing(finished, study_file, tmp_path, processes):
    out, rng, killed, ends, seconds = tmp_path / "out", np.random.default_rng(5), 0, 0, 1.0
    while killed < KILLS:
        begun = time.monotonic()
        process = processes.Process(target=quietly, args=(command(study_file, out),))
        process.start()
        process.join(rng.uniform(0.2, 1.0) * seconds)
        if process.is_alive():
            process.kill()
            killed += 1
            # The next is given longer if this one came to nothing, so that all stages are hit.
            seconds = seconds if list(out.glob("*/[!.]*")) else 1.5 * seconds
        else:
            assert process.exitcode == 0
            seconds = min(seconds, time.monotonic() - begun)
            (out / "report.html").unlink()  # it has come to the end: some of it is to be done again
            for folder in list(out.glob("runs/*"))[:2]:
                folder.rename(tmp_path / f"gone-{ends}-{folder.name}")
            ends += 1
        process.join()
    main(command(study_file, out))
    assert not list(out.glob(f"*/{PARTIAL}*"))
    assert_same_numbers(finished, out)


def test_two_processes_in_one_folder_come_to_the_same(finished, study_file, tmp_path, processes):
    out, told = tmp_path / "out", [tmp_path / "one.txt", tmp_path / "two.txt"]
    both = [processes.Process(target=quietly, args=(command(study_file, out), str(file))) for file in told]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert not list(out.glob(f"*/{PARTIAL}*"))
    assert_same_numbers(finished, out)
    waiting = [file for file in told if "Another process is at work" in file.read_text()]
    assert len(waiting) <= 1  # none, if one was done before the other began


@pytest.mark.parametrize("limit", [100, 3_000, 30_000])
def test_a_full_disk_ends_with_one_sentence_and_nothing_half_written(
    limit, finished, study_file, tmp_path, processes
):
    out, told = tmp_path / "out", tmp_path / "told.txt"
    process = processes.Process(target=quietly, args=(command(study_file, out), str(told), limit))
    process.start()
    process.join()
    assert process.exitcode == 2
    last = told.read_text().splitlines()[-1]
    assert last.startswith("segue: ")
    assert "Traceback" not in told.read_text()
    assert not list(out.glob(f"*/{PARTIAL}*"))
    assert not (out / "report.html").exists()
    if limit == 3_000:
        main(command(study_file, out))
        assert_same_numbers(finished, out)


def test_a_file_in_the_place_of_a_folder_is_named(study_file, capsys):
    with pytest.raises(SystemExit) as ended:
        main(command(study_file, study_file / "out"))
    assert ended.value.code == 2
    assert f"Not a directory ({study_file / 'out'})" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_must_not_be_written_is_named(study_file, tmp_path, capsys):
    (tmp_path / "locked").mkdir(mode=0o555)
    with pytest.raises(SystemExit) as ended:
        main(command(study_file, tmp_path / "locked" / "out"))
    assert ended.value.code == 2
    assert "Permission denied" in capsys.readouterr().err
