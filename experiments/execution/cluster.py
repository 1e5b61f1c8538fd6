"""Executes the runs of a study on a Dask cluster whose workers see the same files."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from segue.experiments.execution.jobs import Job
from segue.experiments.execution.registry_snapshot import Registrations
from segue.experiments.storage.provenance import current_provenance
from segue.features.errors import UserError


def execute_on_cluster(jobs: Sequence[Job], client: Any) -> None:
    """Executes jobs on a cluster; the jobs of a lost worker are executed by another one.

    Args:
        jobs: The jobs, in order of priority.
        client: As from `segue.features.extraction.dask_client.connect`.

    Raises:
        UserError: A job fails, or a worker cannot see the folder of the study or runs other code.
    """
    distributed: Any = import_module("distributed")
    known = Registrations.here()
    futures = [
        client.submit(_on_worker, job, known, pure=False, priority=-place) for place, job in enumerate(jobs)
    ]
    try:
        for future in distributed.as_completed(futures):
            future.result()
    finally:
        client.cancel(futures)


def _on_worker(job: Job, known: Registrations) -> None:
    """Executes a job on a worker that sees the folder of the study and runs the same code."""
    if not job.runs.is_dir():
        raise UserError(
            f"A worker of the cluster cannot see {job.runs}; choose a folder that all workers share."
        )
    if current_provenance()["code"] != job.provenance["code"]:
        raise UserError("A worker of the cluster runs other code; install the same version on all of them.")
    known.repeat()
    job.execute()
