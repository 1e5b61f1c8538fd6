"""A run says which code made it."""

import subprocess

import pytest

from segue.experiments.storage.provenance import git_revision, package_versions


@pytest.fixture
def checkout(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false"]
        return subprocess.run(
            ["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "-q")
    (tmp_path / "code.py").write_text("x = 1\n")
    git("add", "code.py")
    git("commit", "-q", "-m", "first")
    return tmp_path, git("rev-parse", "HEAD")


def test_revision_and_whether_the_code_differs(checkout):
    folder, revision = checkout
    assert git_revision(folder / "code.py") == (revision, False)
    (folder / "new.txt").write_text("an untracked file changes nothing")
    assert git_revision(folder / "code.py") == (revision, False)
    (folder / "code.py").write_text("x = 2\n")
    assert git_revision(folder / "code.py") == (revision, True)


def test_a_file_that_merely_lies_in_a_checkout_has_no_revision(checkout):
    folder, _ = checkout
    installed = folder / ".venv" / "segue.py"
    installed.parent.mkdir()
    installed.write_text("")
    assert git_revision(installed) == (None, None)


def test_outside_a_checkout_there_is_no_revision(tmp_path):
    (tmp_path / "code.py").write_text("")
    assert git_revision(tmp_path / "code.py") == (None, None)


def test_versions_of_what_can_change_a_number():
    assert {"segue", "numpy", "torch", "gymnasium", "stable-baselines3"} <= set(package_versions())
