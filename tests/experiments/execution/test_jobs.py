"""Jobs: how runs are grouped and ordered, and the learning curves that they write."""

import dataclasses

import pytest

from segue.experiments.cli import main
from segue.experiments.execution.jobs import _jobs
from segue.experiments.runs.spec import ModelSpec, RunSpec
from segue.experiments.study.folder import StudyFolder

RANDOM = RunSpec("segue/Playlist-v0", "random", seed=0, episodes=10, first_episode=0)


def learned(seed: int, steps: int) -> RunSpec:
    model = ModelSpec("segue/Playlist-v0", "dqn", seed, steps)
    return dataclasses.replace(RANDOM, agent="dqn", seed=seed, model=model)


def test_baselines_come_first_then_seed_by_seed_the_longest_training(tmp_path):
    runs = [learned(1, 900), learned(0, 100), learned(0, 800), RANDOM]
    jobs = _jobs(runs, StudyFolder(tmp_path), {}, None)
    assert [job.specs for job in jobs] == [[RANDOM], [learned(0, 800)], [learned(0, 100)], [learned(1, 900)]]


def test_runs_that_share_a_model_are_one_job_and_finished_ones_are_left_out(tmp_path):
    here, there = learned(0, 100), dataclasses.replace(learned(0, 100), environment="segue/DJSet-v0")
    folder = StudyFolder(tmp_path)
    (job,) = _jobs([here, there], folder, {}, None)
    assert job.specs == [here, there]
    assert job.work == 100 + here.work + there.work
    (folder.runs / here.folder_name).mkdir(parents=True)
    (job,) = _jobs([here, there], folder, {}, None)
    assert job.specs == [there]


def test_training_writes_learning_curves_for_tensorboard(undrawn, tmp_path):
    pytest.importorskip("tensorboard", reason="needs the extra 'track'")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    out = tmp_path / "out"
    main(["compare", str(undrawn), "--out", str(out), "--jobs", "1", "--track"])
    logs = {folder.name: next(folder.rglob("events.out.*")) for folder in (out / "tensorboard").iterdir()}
    assert set(logs) == {folder.name for folder in (out / "models").iterdir()}
    curves = EventAccumulator(str(next(iter(logs.values())))).Reload().Tags()["scalars"]
    assert any(name.startswith("session/") for name in curves)
