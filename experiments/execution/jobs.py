"""Makes the models and runs of a study in parallel, each only once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from segue.experiments.console import say
from segue.experiments.execution.job import Job
from segue.experiments.execution.progress_bar import show_progress
from segue.experiments.execution.registry_snapshot import RegistrySnapshot
from segue.experiments.execution.worker import cores
from segue.experiments.execution.worker_pool import WorkerPool
from segue.experiments.runs.spec import RunSpec, Spec
from segue.experiments.storage.atomic import remove_leftovers
from segue.experiments.storage.provenance import Provenance
from segue.experiments.storage.wall_time import record_wall_time
from segue.experiments.study.folder import StudyFolder


@dataclass(frozen=True)
class ExecutionConfig:
    """Where and how the runs of a study are executed.

    Attributes:
        processes: Processes to use on this machine; all cores by default.
        scheduler: Address of a Dask scheduler to use instead.
        track: Whether to write learning curves for TensorBoard.
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
    """Makes the runs whose folders are missing, and their models, each on one core.

    Args:
        specs: The runs of the study.
        folder: The folder of the study.
        provenance: What to record about the code and the command.
        console: Where to show progress.
        execution: Where and how to execute them.
    """
    _remove_leftovers(folder)
    # Workers on other machines have another working directory.
    shared = StudyFolder(folder.path.resolve())
    missing = _jobs(specs, shared, provenance, shared.tracking if execution.track else None)
    if not missing:
        return
    if execution.scheduler is not None:
        from segue.experiments.execution.cluster import execute_on_cluster
        from segue.features.extraction.dask_client import connect

        with connect(execution.scheduler) as client:
            processes = sum(client.nthreads().values())
            with record_wall_time(folder.wall_time, processes), show_progress(_parts(specs, folder), console):
                execute_on_cluster(missing, client)
    else:
        processes = min(execution.processes or cores(), len(missing))
        with record_wall_time(folder.wall_time, processes), show_progress(_parts(specs, folder), console):
            _execute(missing, processes, folder, console)
    _remove_leftovers(folder)


def _remove_leftovers(folder: StudyFolder) -> None:
    """Deletes the half-filled folders of killed processes."""
    for store in (folder.models, folder.runs, folder.path):
        remove_leftovers(store)


def _jobs(
    specs: Sequence[RunSpec], folder: StudyFolder, provenance: Provenance, tracking: Path | None
) -> list[Job]:
    """Groups the missing runs by the model that they need.

    Agents that need no training come first: they anchor the scores, so that a report can be written early.
    The learned agents follow seed by seed, so that they can soon be compared; within a seed the longest job
    is first, so that no core waits for a late one.
    """
    groups: dict[str, list[RunSpec]] = {}
    for spec in specs:
        if not (folder.runs / spec.folder_name).is_dir():
            groups.setdefault(spec.model.key if spec.model else spec.folder_name, []).append(spec)
    found = [Job(group, folder.runs, folder.models, tracking, provenance) for group in groups.values()]
    return sorted(found, key=lambda job: (job.specs[0].learned, job.specs[0].seed, -job.work))


def _parts(specs: Sequence[RunSpec], folder: StudyFolder) -> dict[Path, Spec]:
    """Returns all models and runs of a study by their folders."""
    models: dict[Path, Spec] = {
        folder.models / spec.model.folder_name: spec.model
        for spec in specs
        # A run that was reused from another study holds its model already.
        if spec.model and not (folder.runs / spec.folder_name).is_dir()
    }
    return models | {folder.runs / spec.folder_name: spec for spec in specs}


def _execute(jobs: Sequence[Job], processes: int, folder: StudyFolder, console: Console) -> None:
    """Executes jobs in parallel, in their order."""
    if processes == 1:
        for job in jobs:
            job.execute()
        return

    def on_loss(sentence: str) -> None:
        _remove_leftovers(folder)  # its progress would be shown on
        say(console, sentence)

    registered = RegistrySnapshot.take()
    with WorkerPool(processes, on_loss) as pool:
        futures = [pool.submit(job.title, _execute_in_worker, job, registered) for job in jobs]
        for future in as_completed(futures):
            future.result()


def _execute_in_worker(job: Job, registered: RegistrySnapshot) -> None:
    """Executes a job in a worker process."""
    registered.restore()
    job.execute()
