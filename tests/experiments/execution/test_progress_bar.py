"""The progress of a running study, read from its folders."""

import io

import pytest
from rich.console import Console

from segue.experiments.execution.progress_bar import show_progress
from segue.experiments.runs.spec import ModelSpec, RunSpec
from segue.experiments.storage.atomic import PARTIAL
from segue.experiments.storage.progress_file import progress_to

MODEL = ModelSpec("segue/Playlist-v0", "dqn", 0, 400, "here", "dqn")
RUN = RunSpec("segue/Playlist-v0", "random", 0, 20, 0, "here", "random")


@pytest.fixture
def parts(tmp_path):
    """A finished run, and a model that is half trained."""
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


def test_a_terminal_shows_a_bar_for_the_study_and_for_each_running_part(parts):
    text = shown(parts, terminal=True)
    assert "1 of 2 done" in text
    assert "dqn, seed 0, trained on here" in text
    assert "50%" in text  # of the training
    assert "67%" in text  # of 400 steps and 20 sessions, each of which counts as 10 steps


def test_other_output_has_a_line_per_finished_part(parts):
    assert shown(parts, terminal=False) == "1 of 2 done: random, seed 0, evaluated on here\n"
