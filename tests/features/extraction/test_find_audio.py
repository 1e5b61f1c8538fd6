"""Finding audio files, and reasons for those that cannot be read."""

import os
from pathlib import Path

import pytest

from segue.features.extraction.cache import Cache
from segue.features.extraction.find_audio import find_audio
from segue.features.extraction.processes.task import Task, run_task


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs POSIX users")
def test_unreadable_folders_and_files_are_reported(tmp_path, monkeypatch):
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
            paths = find_audio(Path()).paths
            hashes = [cache.known_hash(path) for path in paths]
            reasons = [run_task(Task(path, "1", "none", False)).outcome.reason for path in paths]
        finally:
            os.seteuid(me)
    (tmp_path / "closed").chmod(0o755)
    (tmp_path / "listed").chmod(0o755)
    assert sorted(map(str, paths)) == ["b.wav", "closed", "listed/a.wav"]
    assert hashes == [None] * 3
    assert reasons == ["cannot be read (permission denied)"] * 3


def test_hidden_files_and_what_systems_put_aside_are_passed_over(tmp_path):
    shown = ["a.mp3", "Artist/Album/01.flac", "recycle/b.ogg", "x.y/c.WAV"]
    hidden = [
        ".Trash-1000/files/t.mp3",
        "#recycle/r.mp3",
        "@eaDir/e.mp3",
        ".hidden.mp3",
        "Artist/.stversions/v.mp3",
    ]
    hidden += ["$RECYCLE.BIN/w.wav", "System Volume Information/s.wav", "Artist/lost+found/l.wav"]
    for name in (*shown, *hidden, "._a.mp3", "cover.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = find_audio(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in found.paths} == set(shown)
    assert len(found.hidden) == len(hidden)


def test_a_hidden_folder_may_be_chosen_itself(tmp_path):
    (tmp_path / ".music").mkdir()
    (tmp_path / ".music" / "a.mp3").touch()
    assert len(find_audio(tmp_path / ".music").paths) == 1
