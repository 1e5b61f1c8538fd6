"""A folder exists completely or not at all."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from segue.experiments.storage.atomic import (
    PARTIAL,
    create_once,
    link_files,
    locked,
    remove_leftovers,
    replace_folder,
)
from segue.features.errors import UserError


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    out = tmp_path / "out"
    for content in ("first", "second"):
        with replace_folder(out) as folder:
            (folder / content).write_text("")
            assert not (out / content).exists()
        assert [path.name for path in out.iterdir()] == [content]
    assert list(tmp_path.iterdir()) == [out]


def test_a_failure_keeps_the_previous_folder(tmp_path):
    out = tmp_path / "out"
    with replace_folder(out) as folder:
        (folder / "kept").write_text("")

    def fail() -> None:
        with replace_folder(out) as partial:
            (partial / "lost").write_text("")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert [path.name for path in out.iterdir()] == ["kept"]
    assert list(tmp_path.iterdir()) == [out]


def test_the_first_process_to_finish_a_folder_keeps_it(tmp_path):
    out = tmp_path / "out"
    with create_once(out) as slow:
        (slow / "slow").write_text("")
        out.mkdir()
        (out / "fast").write_text("")
    assert [path.name for path in out.iterdir()] == ["fast"]
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system without folders of users")
@pytest.mark.parametrize("fill", [create_once, replace_folder])
def test_a_folder_that_cannot_be_created_is_named(fill):
    with pytest.raises(UserError, match="'/proc/run' cannot be created"), fill(Path("/proc/run")):
        pass


def test_only_folders_of_ended_processes_are_leftovers(tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    host = socket.gethostname()
    folders = [f"{PARTIAL}-run-{host}-{ended.pid}", f"{PARTIAL}-run-{host}-{os.getpid()}"]
    folders += [f"{PARTIAL}-run-elsewhere.example-{ended.pid}", f"{PARTIAL}-run-{host}-x", "run"]
    for name in folders:
        (tmp_path / name).mkdir()
    remove_leftovers(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(folders[1:])


@pytest.mark.skipif(sys.platform != "linux", reason="reads the state of a process from /proc")
def test_a_process_that_nobody_waits_for_has_ended(tmp_path):
    zombie = subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    (tmp_path / f"{PARTIAL}-run-{socket.gethostname()}-{zombie.pid}").mkdir()
    remove_leftovers(tmp_path)
    assert not list(tmp_path.iterdir())
    zombie.wait()


def test_linked_files_take_no_space(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "file").write_text("content")
    link_files(tmp_path / "one", ["file"], tmp_path / "two")
    assert (tmp_path / "two" / "file").samefile(tmp_path / "one" / "file")


def test_one_block_at_a_time_holds_a_lock(tmp_path):
    events, waiting = [], threading.Event()

    def second() -> None:
        with locked(tmp_path / ".lock", lambda: (events.append("waiting"), waiting.set())):
            events.append("second")

    with locked(tmp_path / ".lock", lambda: events.append("never")):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(10)
        events.append("first")
    thread.join()
    assert events == ["waiting", "first", "second"]
