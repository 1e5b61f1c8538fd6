"""Worker processes: what they return, what becomes of their work when they die, and when they end."""

import os
import select
import signal
import subprocess
import sys
import threading
import time

import pytest

from segue.experiments.execution.worker_pool import WorkerPool
from segue.features.errors import UserError


def test_results_and_errors_come_back_and_printing_does_no_harm():
    def work(number):
        print("printed by a user's agent")
        if number == 2:
            raise UserError("The number 2 cannot be used.")
        return 10 * number, os.getpid()

    with WorkerPool(2, pytest.fail) as pool:
        futures = [pool.submit(f"number {k}", work, k) for k in range(5)]
        results = [future.result() for future in futures if future is not futures[2]]
        with pytest.raises(UserError, match="The number 2 cannot be used"):
            futures[2].result()
    assert [number for number, _ in results] == [0, 10, 30, 40]
    processes = {process for _, process in results}
    assert len(processes) <= 2
    assert os.getpid() not in processes


def test_the_work_of_a_killed_process_is_done_once_more_and_no_other(tmp_path):
    def work(number):
        with (tmp_path / str(number)).open("a") as file:
            file.write("x")
        if number == 1 and (tmp_path / "1").read_text() == "x":
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    sentences = []
    with WorkerPool(2, sentences.append) as pool:
        futures = [pool.submit(f"number {k}", work, k) for k in range(4)]
        assert [future.result() for future in futures] == [0, 1, 2, 3]
    assert sentences == ["A worker process has died (SIGKILL): number 1 is made once more."]
    assert [(tmp_path / str(k)).read_text() for k in range(4)] == ["x", "xx", "x", "x"]


def test_work_that_kills_every_process_ends_in_one_sentence():
    sentences = []
    with WorkerPool(1, sentences.append) as pool:
        future = pool.submit("this run", lambda: os._exit(3))
        with pytest.raises(UserError, match=r"Two worker processes in turn .*\(this run; exit code 3\)"):
            future.result()
        assert pool.submit("the next", lambda: 5).result() == 5
    assert len(sentences) == 1


PARENT = """
import os, sys, time
from pathlib import Path
from segue.experiments.execution.worker_pool import WorkerPool

def work(name):
    Path(name).write_text(str(os.getpid()))
    while True:
        sum(range(10_000_000))  # holds the lock of the interpreter for a long time

with WorkerPool(2, print) as pool:
    for name in sys.argv[1:]:
        pool.submit(name, work, name)
    print("submitted", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="waits for processes with pidfd")
@pytest.mark.parametrize("started", [True, False])
def test_workers_are_gone_within_a_second_after_their_parent_was_killed(started, tmp_path):
    files = [tmp_path / "one", tmp_path / "two"]
    parent = subprocess.Popen([sys.executable, "-c", PARENT, *map(str, files)], stdout=subprocess.PIPE)
    assert parent.stdout.readline() == b"submitted\n"
    if started:
        wait_for(lambda: all(file.is_file() and file.read_text() for file in files))
    workers = children(parent.pid) if started else wait_for(lambda: children(parent.pid))
    handles = [os.pidfd_open(worker) for worker in workers]
    parent.kill()
    killed = time.monotonic()
    parent.wait()
    parent.stdout.close()
    for handle in handles:
        ready, _, _ = select.select([handle], [], [], max(killed + 1 - time.monotonic(), 0))
        os.close(handle)
        assert ready, "a worker outlives its parent by more than a second"
    assert len(handles) == 2 if started else handles


def wait_for(condition):
    """Returns what a condition gives as soon as it is true."""
    pause, deadline = threading.Event(), time.monotonic() + 120
    while not (found := condition()):
        assert time.monotonic() < deadline
        pause.wait(0.01)
    return found


def children(process):
    """Ids of the processes that a process has started, from whichever thread."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=False
    )
    return [int(word) for word in listed.stdout.split()]
