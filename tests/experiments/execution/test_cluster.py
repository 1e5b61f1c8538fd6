"""A study on a cluster: the same numbers, also if a worker is lost; TensorBoard and the time it took."""

import os
import signal
import threading

import pytest

from segue.experiments.cli import main
from segue.experiments.storage.atomic import PARTIAL
from segue.experiments.storage.wall_time import record_wall_time, wall_time
from segue.experiments.study.results import Results


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as local:
        yield local


def kill_who_works_in(folder, ended):
    """Kills the first process that is found making something in a folder."""
    while not ended.is_set():
        for partial in folder.glob(f"*/{PARTIAL}-*"):
            os.kill(int(partial.name.rpartition("-")[2]), signal.SIGKILL)
            return
        ended.wait(0.01)


@pytest.mark.filterwarnings("ignore")  # of a worker that is gone
def test_a_lost_worker_changes_nothing(finished, study_file, tmp_path, cluster):
    out, ended = tmp_path / "out", threading.Event()
    killer = threading.Thread(target=kill_who_works_in, args=(out, ended))
    killer.start()
    main(["compare", str(study_file), "--out", str(out), "--scheduler", cluster.scheduler_address])
    ended.set()
    killer.join()
    assert not list(out.glob(f"*/{PARTIAL}*"))
    first, second = Results.load(finished / "results"), Results.load(out / "results")
    for name in ("scores", "episodes", "plays", "order"):
        assert getattr(first, name).equals(getattr(second, name)), name
    assert second.timing.loc[0, ["processes", "models", "runs"]].tolist() == [2, 2, 5]


def test_a_scheduler_that_is_not_there_is_named(study_file, tmp_path, capsys):
    pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    with pytest.raises(SystemExit) as ended:
        main(["compare", str(study_file), "--out", str(tmp_path / "out"), "--scheduler", "nowhere"])
    assert ended.value.code == 2
    assert "No Dask scheduler answers at 'nowhere'" in capsys.readouterr().err


def test_training_can_be_looked_into_with_tensorboard(study_file, tmp_path):
    pytest.importorskip("tensorboard", reason="needs the extra 'track'")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    out = tmp_path / "out"
    main(["compare", str(study_file), "--out", str(out), "--jobs", "1", "--track"])
    logs = {folder.name: next(folder.rglob("events.out.*")) for folder in (out / "tensorboard").iterdir()}
    assert set(logs) == {folder.name for folder in (out / "models").iterdir()}
    curves = EventAccumulator(str(next(iter(logs.values())))).Reload().Tags()["scalars"]
    assert any(name.startswith("session/") for name in curves)


def test_the_time_of_all_sittings_is_summed_up(tmp_path, finished):
    with record_wall_time(tmp_path, 2):
        pass
    (tmp_path / "20200101T000000-1.json").write_text('{"seconds": 100.0, "processes": 3}')
    seconds, processes = wall_time(tmp_path)
    assert 100 <= seconds < 200
    assert processes == 3
    timing = Results.load(finished / "results").timing.iloc[0]
    assert timing["train_seconds"] > 0
    assert timing["wall_seconds"] > timing["train_seconds"]  # on one process
    assert timing["reused"] == 0
