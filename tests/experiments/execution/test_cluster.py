"""A study on a Dask cluster gives the same numbers, also if a worker is lost."""

import os
import signal
import threading

import pytest

from segue.experiments.cli import main
from segue.experiments.storage.atomic import PARTIAL
from segue.experiments.study.results import Results


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as local:
        yield local


def kill_a_worker(folder, ended, killed):
    """Kills the first process that is found writing into a folder, and adds it to a list."""
    while not ended.is_set():
        for partial in folder.glob(f"*/{PARTIAL}-*"):
            killed.append(int(partial.name.rpartition("-")[2]))
            os.kill(killed[0], signal.SIGKILL)
            return
        ended.wait(0.01)


@pytest.mark.filterwarnings("ignore")  # about the killed worker
def test_a_lost_worker_changes_nothing(finished, undrawn, tmp_path, cluster):
    out, ended, killed = tmp_path / "out", threading.Event(), []
    killer = threading.Thread(target=kill_a_worker, args=(out, ended, killed))
    killer.start()
    main(["compare", str(undrawn), "--out", str(out), "--scheduler", cluster.scheduler_address])
    ended.set()
    killer.join()
    assert len(killed) == 1
    assert not list(out.glob(f"*/{PARTIAL}*"))
    first, second = Results.load(finished / "results"), Results.load(out / "results")
    for name in ("scores", "episodes", "plays", "order"):
        assert getattr(first, name).equals(getattr(second, name)), name
    assert second.timing.loc[0, ["processes", "models", "runs"]].tolist() == [2, 2, 8]


def test_an_unreachable_scheduler_is_named(undrawn, tmp_path, capsys):
    pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    with pytest.raises(SystemExit) as ended:
        main(["compare", str(undrawn), "--out", str(tmp_path / "out"), "--scheduler", "nowhere"])
    assert ended.value.code == 2
    assert "No Dask scheduler answers at 'nowhere'" in capsys.readouterr().err
