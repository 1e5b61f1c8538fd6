"""What is shown of a study in the making, told from its folders alone."""

import io

import pytest
from rich.console import Console

from segue.experiments.execution.progress_bar import show_progress
from segue.experiments.runs.spec import ModelSpec, RunSpec
from segue.experiments.storage.atomic import PARTIAL
from segue.experiments.storage.progress_file import progress_of, progress_to

MODEL = ModelSpec("segue/Playlist-v0", "dqn", 0, 400, "here", "dqn")
RUN = RunSpec("segue/Playlist-v0", "random", 0, 20, 0, "here", "random")


@pytest.fixture
def parts(tmp_path):
    """A finished run, and a model whose training has come half-way."""
    (tmp_path / RUN.folder_name).mkdir()
    partial = tmp_path / f"{PARTIAL}-{MODEL.folder_name}-host-1"
    partial.mkdir()
    progress_to(partial)(200)
    return {tmp_path / spec.folder_name: spec for spec in (MODEL, RUN)}


def shown(parts, terminal):
    file = io.StringIO()
    with show_progress(parts, Console(file=file, force_terminal=terminal, width=120)):
        pass
    return file.getvalue()


def test_on_a_terminal_the_whole_and_what_is_under_way_have_a_bar(parts):
    text = shown(parts, terminal=True)
    assert "1 of 2 done" in text
    assert "dqn, seed 0, trained on here" in text
    assert "50%" in text  # of the training
    assert "67%" in text  # of 400 steps and 20 sessions, a session counting 10 steps


def test_elsewhere_what_is_finished_has_a_line(parts):
    assert shown(parts, terminal=False) == "1 of 2 done: random, seed 0, evaluated on here\n"


def test_the_furthest_process_counts(tmp_path):
    done = tmp_path / "done"
    assert progress_of(done) is None
    for process, work in ((1, 30), (2, 50)):
        (tmp_path / f"{PARTIAL}-done-host-{process}").mkdir()
        progress_to(tmp_path / f"{PARTIAL}-done-host-{process}")(work)
    (tmp_path / f"{PARTIAL}-done-host-3").mkdir()
    (tmp_path / f"{PARTIAL}-done-host-3" / "progress").write_text("")  # caught while it is written
    assert progress_of(done) == 50
