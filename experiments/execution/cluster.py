"""Makes the runs of a study on a Dask cluster whose workers see the same files."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from segue.experiments.execution.jobs import Job
from segue.experiments.execution.registry_snapshot import Registrations
from segue.experiments.storage.provenance import current_provenance
from segue.features.errors import UserError


def connect(address: str) -> Any:
    """Connects to a scheduler.

    Args:
        address: Such as `tcp://host:8786`.

    Returns:
        The client.

    Raises:
        UserError: Dask is not installed or nobody answers.
    """
    try:
        distributed: Any = import_module("distributed")
    except ModuleNotFoundError as error:
        raise UserError("Dask is not installed: pip install 'segue[cluster]'.") from error
    try:
        return distributed.Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise UserError(f"No Dask scheduler answers at {address!r}: start one, or leave it out.") from error


def execute_on_cluster(jobs: Sequence[Job], client: Any) -> None:
    """Does jobs on a cluster; those of a worker that is lost are done by another one.

    Args:
        jobs: What to do, in this order.
        client: See `connect`.

    Raises:
        UserError: Also where a worker cannot see the folder of the study, or runs other code.
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
    """Does a job on a worker, unless what it would make could not be told from what others make."""
    if not job.runs.is_dir():
        raise UserError(f"A worker of the cluster does not see {job.runs}: give a folder that all share.")
    if current_provenance()["code"] != job.provenance["code"]:
        raise UserError("A worker of the cluster runs other code: bring all to the same version.")
    known.repeat()
    job.execute()
