"""A study gives the same numbers however often it is killed, and with other processes in its folder."""

import contextlib
import multiprocessing
import os
import resource
import shutil
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from segue.experiments.cli import main
from segue.experiments.storage.atomic import PARTIAL
from segue.experiments.study.results import Results

KILLS = 5


@pytest.fixture(scope="module")
def processes():
    """A context whose processes start with the slow imports done."""
    context = multiprocessing.get_context("forkserver")
    rooms = (
        "experiments.pipeline",
        "experiments.figures",
        "experiments.reporting",
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
    """Runs the command line in a separate process, with no file larger than a limit."""
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    with (
        Path(os.devnull).open("w") as out,
        Path(errors).open("w") as messages,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(messages),
    ):
        main(arguments)


def command(study_file, out):
    return ["compare", str(study_file), "--out", str(out), "--jobs", "1"]


def test_kills_at_random_moments_change_no_number(finished, study_file, tmp_path, processes):
    out, rng, killed, ends, seconds = tmp_path / "out", np.random.default_rng(5), 0, 0, 1.0
    while killed < KILLS:
        started = time.monotonic()
        process = processes.Process(target=quietly, args=(command(study_file, out),))
        process.start()
        process.join(rng.uniform(0.2, 1.0) * seconds)
        if process.is_alive():
            process.kill()
            killed += 1
            # The next process gets more time if this one finished nothing, so that all stages are hit.
            seconds = seconds if list(out.glob("*/[!.]*")) else 1.5 * seconds
        else:
            assert process.exitcode == 0
            seconds = min(seconds, time.monotonic() - started)
            (out / "report.html").unlink()  # finished: some of it must be done again
            for folder in list(out.glob("runs/*"))[:2]:
                folder.rename(tmp_path / f"gone-{ends}-{folder.name}")
            ends += 1
        process.join()
    main(command(study_file, out))
    assert not list(out.glob(f"*/{PARTIAL}*"))
    assert_same_numbers(finished, out)


PHASES = {
    "training": "models/.partial-*",
    "figures": ".partial-figures-*/*.svg",
}


@pytest.mark.parametrize("phase", PHASES)
def test_a_kill_in_any_phase_changes_no_number(phase, finished, study_file, undrawn, tmp_path, processes):
    study_file = study_file if phase == "figures" else undrawn
    out = shutil.copytree(finished, tmp_path / "out") if phase == "figures" else tmp_path / "out"
    if phase == "figures":
        (out / "report.html").unlink()
    process = processes.Process(target=quietly, args=(command(study_file, out),))
    process.start()
    while not list(out.glob(PHASES[phase])):
        assert process.is_alive()
        process.join(0.005)
    process.kill()
    process.join()
    assert list(out.glob(f"*/{PARTIAL}*")) or list(out.glob(f"{PARTIAL}*"))
    main(command(study_file, out))
    assert not [*out.glob(f"*/{PARTIAL}*"), *out.glob(f"{PARTIAL}*")]
    assert_same_numbers(finished, out)


def kill_a_worker(folder, ended, killed):
    """Kills the first process that is found training, and adds it to a list."""
    while not ended.wait(0.005):
        for partial in folder.glob(f"models/{PARTIAL}-*"):
            killed.append(int(partial.name.rpartition("-")[2]))
            os.kill(killed[0], signal.SIGKILL)
            return


def test_a_killed_worker_costs_only_its_own_run(finished, undrawn, tmp_path, capsys):
    out, ended, killed = tmp_path / "out", threading.Event(), []
    killer = threading.Thread(target=kill_a_worker, args=(out, ended, killed))
    killer.start()
    main([*command(undrawn, out)[:-1], "2"])
    ended.set()
    killer.join()
    assert len(killed) == 1
    messages = capsys.readouterr().err
    assert "A worker process has died (SIGKILL): maskable-ppo, seed" in messages
    assert "is made once more" in messages
    assert not list(out.glob(f"*/{PARTIAL}*"))
    assert_same_numbers(finished, out)


def test_two_processes_in_one_folder_give_the_same_numbers(finished, undrawn, tmp_path, processes):
    out, messages = tmp_path / "out", [tmp_path / "one.txt", tmp_path / "two.txt"]
    both = [processes.Process(target=quietly, args=(command(undrawn, out), str(file))) for file in messages]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert not list(out.glob(f"*/{PARTIAL}*"))
    assert_same_numbers(finished, out)
    waiting = [file for file in messages if "Another process" in file.read_text()]
    assert len(waiting) <= 1  # none if one finished before the other started


@pytest.mark.parametrize("limit", [100, 3_000, 30_000])
def test_a_full_disk_ends_with_one_sentence_and_no_partial_files(
    limit, finished, study_file, undrawn, tmp_path, processes
):
    out, messages = tmp_path / "out", tmp_path / "messages.txt"
    process = processes.Process(target=quietly, args=(command(study_file, out), str(messages), limit))
    process.start()
    process.join()
    assert process.exitcode == 2
    last = messages.read_text().splitlines()[-1]
    assert last.startswith("segue: ")
    assert "Traceback" not in messages.read_text()
    assert not list(out.glob(f"*/{PARTIAL}*"))
    assert not (out / "report.html").exists()
    if limit == 3_000:
        shutil.copy(undrawn, out / "study.yaml")
        main(command(undrawn, out))
        assert_same_numbers(finished, out)


def test_a_file_in_place_of_a_folder_is_named(study_file, capsys):
    with pytest.raises(SystemExit) as ended:
        main(command(study_file, study_file / "out"))
    assert ended.value.code == 2
    said = f"segue: {str(study_file / 'out')!r} is not a folder; choose another output.\n"
    assert capsys.readouterr().err == said


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_folder_is_named(study_file, tmp_path, capsys):
    (tmp_path / "locked").mkdir(mode=0o555)
    with pytest.raises(SystemExit) as ended:
        main(command(study_file, tmp_path / "locked" / "out"))
    assert ended.value.code == 2
    assert "Permission denied" in capsys.readouterr().err
