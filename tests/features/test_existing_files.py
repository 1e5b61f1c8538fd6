"""Files that are written as a whole, or not at all."""

import errno
import os
from pathlib import Path

import pytest

from segue.features.errors import UserError
from segue.features.existing_files import make_folder, write_whole


def test_a_file_is_replaced_only_once_it_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(TypeError, match="bytes-like"), write_whole(path) as file:
        file.write("text")
    assert path.read_text() == "old"
    with write_whole(path) as file:
        file.write(b"new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_the_error_of_a_file_system_that_cannot_be_written_names_the_file(tmp_path, monkeypatch):
    def refuse(path, *arguments, **options):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)  # Linux says so even of a file that is not there
    path = tmp_path / "a.txt"
    with pytest.raises(OSError, match="Read-only file system") as raised, write_whole(path):
        pass
    assert raised.value.filename == str(path)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system without folders of users")
def test_a_folder_that_cannot_be_created_is_named():
    with pytest.raises(UserError, match="'/proc/nothing/here' cannot be created; choose another output"):
        make_folder(Path("/proc/nothing/here"))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system without files of users")
def test_a_file_that_cannot_be_created_is_named():
    with (
        pytest.raises(UserError, match=r"'/proc/a\.txt' cannot be created; choose another output"),
        write_whole(Path("/proc/a.txt")),
    ):
        pass


def test_a_file_that_the_block_lacks_is_not_taken_for_the_output(tmp_path):
    with pytest.raises(FileNotFoundError) as raised, write_whole(tmp_path / "a.txt"):
        (tmp_path / "missing").read_bytes()
    assert raised.value.filename == str(tmp_path / "missing")
    assert not list(tmp_path.iterdir())
