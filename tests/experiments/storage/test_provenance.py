"""The provenance of a run."""

import subprocess

import pytest

import segue
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


def test_the_revision_is_found_and_whether_tracked_files_differ(checkout):
    folder, revision = checkout
    assert git_revision(folder / "code.py") == (revision, False)
    (folder / "new.txt").write_text("untracked files do not count")
    assert git_revision(folder / "code.py") == (revision, False)
    (folder / "code.py").write_text("x = 2\n")
    assert git_revision(folder / "code.py") == (revision, True)


def test_an_untracked_file_in_a_checkout_has_no_revision(checkout):
    folder, _ = checkout
    installed = folder / ".venv" / "segue.py"
    installed.parent.mkdir()
    installed.write_text("")
    assert git_revision(installed) == (None, None)


def test_outside_a_checkout_there_is_no_revision(tmp_path):
    (tmp_path / "code.py").write_text("")
    assert git_revision(tmp_path / "code.py") == (None, None)


def test_versions_include_segue_and_the_packages_that_affect_numbers():
    versions = package_versions()
    assert versions["segue"] == segue.__version__
    assert {"numpy", "torch", "gymnasium", "stable-baselines3"} <= versions.keys()
