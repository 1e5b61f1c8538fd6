"""The progress of a folder that is being filled."""

from segue.experiments.storage.atomic import PARTIAL
from segue.experiments.storage.progress_file import PROGRESS, forget_progress, progress_of, progress_to


def test_the_process_that_is_furthest_counts(tmp_path):
    done = tmp_path / "done"
    assert progress_of(done) is None
    for process, work in ((1, 30), (2, 50)):
        (tmp_path / f"{PARTIAL}-done-host-{process}").mkdir()
        progress_to(tmp_path / f"{PARTIAL}-done-host-{process}")(work)
    (tmp_path / f"{PARTIAL}-done-host-3").mkdir()
    (tmp_path / f"{PARTIAL}-done-host-3" / PROGRESS).write_text("")  # read while it is being written
    assert progress_of(done) == 50


def test_progress_is_forgotten(tmp_path):
    partial = tmp_path / f"{PARTIAL}-done-host-1"
    partial.mkdir()
    progress_to(partial)(30)
    forget_progress(partial)
    forget_progress(partial)
    assert progress_of(tmp_path / "done") is None
