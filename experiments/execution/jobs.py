"""Makes the models and runs of a study in parallel, each only once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from segue.experiments.execution.progress_bar import show_progress
from segue.experiments.execution.registry_snapshot import Registrations
from segue.experiments.runs.run import execute_run
from segue.experiments.runs.spec import RunSpec, Spec
from segue.experiments.storage.atomic import remove_leftovers
from segue.experiments.storage.provenance import Provenance
from segue.experiments.storage.wall_time import record_wall_time
from segue.experiments.study.folder import StudyFolder


@dataclass(frozen=True)
class Job:
    """Runs that one process makes one after the other, because they need the same model.

    Attributes:
        specs: The runs; all need the same model, or there is one that needs none.
        runs: Folder of all runs.
        models: Folder of all models.
        tracking: Folder for TensorBoard, or None.
        provenance: What to record about the code and the command.
    """

    specs: list[RunSpec]
    runs: Path
    models: Path
    tracking: Path | None
    provenance: Provenance

    @property
    def work(self) -> int:
        """How much work it is, in training steps."""
        model = self.specs[0].model
        return sum(spec.work for spec in self.specs) + (model.work if model else 0)

    def execute(self) -> None:
        """Makes what is missing."""
        for spec in self.specs:
            execute_run(spec, self.runs / spec.folder_name, self.provenance, self.models, self.tracking)


@dataclass(frozen=True)
class ExecutionConfig:
    """Who makes the runs of a study.

    Attributes:
        processes: Processes to use on this machine; all cores by default.
        scheduler: Address of a Dask scheduler to use instead.
        track: Whether to write curves for TensorBoard.
    """

    processes: int | None = None
    scheduler: str | None = None
    track: bool = False


def make_runs(
    specs: Sequence[RunSpec],
    folder: StudyFolder,
    provenance: Provenance,
    console: Console,
    execution: ExecutionConfig,
) -> None:
    """Makes those runs whose folders are missing, and their models, the longest first, each on one core.

    Args:
        specs: The runs of the study.
        folder: The folder of the study.
        provenance: What to record about the code and the command.
        console: Where to show progress.
        execution: How they are made.
    """
    _remove_leftovers(folder)
    # Workers elsewhere have another working directory.
    shared = StudyFolder(folder.path.resolve())
    todo = _jobs(specs, shared, provenance, shared.tracking if execution.track else None)
    if not todo:
        return
    if execution.scheduler is not None:
        from segue.experiments.execution.cluster import execute_on_cluster
        from segue.features.extraction.dask_client import connect

        with connect(execution.scheduler) as client:
            processes = sum(client.nthreads().values())
            with record_wall_time(folder.wall_time, processes), show_progress(_parts(specs, folder), console):
                execute_on_cluster(todo, client)
    else:
        processes = min(execution.processes or cores(), len(todo))
        with record_wall_time(folder.wall_time, processes), show_progress(_parts(specs, folder), console):
            _execute(todo, processes)
    _remove_leftovers(folder)


def _remove_leftovers(folder: StudyFolder) -> None:
    """Deletes what killed processes have left."""
    for store in (folder.models, folder.runs):
        remove_leftovers(store)


def _jobs(
    specs: Sequence[RunSpec], folder: StudyFolder, provenance: Provenance, tracking: Path | None
) -> list[Job]:
    """Groups the missing runs by the model that they need.

    Agents that need no training come first: they anchor the scores, and with them a report can be written
    of what is there. Then comes the first seed of all others, so that they soon can be compared; among those
    of one seed the longest is first, so that no core waits for a late one.
    """
    groups: dict[str, list[RunSpec]] = {}
    for spec in specs:
        if not (folder.runs / spec.folder_name).is_dir():
            groups.setdefault(spec.model.key if spec.model else spec.folder_name, []).append(spec)
    found = [Job(group, folder.runs, folder.models, tracking, provenance) for group in groups.values()]
    return sorted(found, key=lambda job: (job.specs[0].learned, job.specs[0].seed, -job.work))


def _parts(specs: Sequence[RunSpec], folder: StudyFolder) -> dict[Path, Spec]:
    """All models and runs of a study by their folders."""
    models: dict[Path, Spec] = {
        folder.models / spec.model.folder_name: spec.model
        for spec in specs
        # A run that was taken from another study has brought its model along.
        if spec.model and not (folder.runs / spec.folder_name).is_dir()
    }
    return models | {folder.runs / spec.folder_name: spec for spec in specs}


def _execute(jobs: Sequence[Job], processes: int) -> None:
    """Does jobs in parallel."""
    if processes == 1:
        for job in jobs:
            job.execute()
        return
    from joblib import Parallel, delayed, parallel_config

    known = Registrations.here()
    # Threads would only compete: every process has one core and small networks.
    with parallel_config("loky", n_jobs=processes, inner_max_num_threads=1):
        Parallel(batch_size=1, pre_dispatch="n_jobs")(
            delayed(_in_worker)(job, os.getpid(), known) for job in jobs
        )


def _in_worker(job: Job, parent: int, known: Registrations) -> None:
    """Does a job in a worker process, which ends when its parent is killed."""
    threading.Thread(target=exit_with_parent, args=(parent,), daemon=True).start()
    known.repeat()
    job.execute()


def exit_with_parent(parent: int) -> None:
    """Ends this process once its parent is gone: a killed study must not go on working unseen."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
