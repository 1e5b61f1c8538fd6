"""Executes the runs of a study on a Dask cluster whose workers see the same files."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from segue.experiments.execution.job import Job
from segue.experiments.execution.registry_snapshot import RegistrySnapshot
from segue.experiments.runs.named_code import code_of_agent, code_of_environment
from segue.experiments.storage.object_code import MAIN
from segue.experiments.storage.provenance import current_provenance
from segue.features.errors import UserError


def execute_on_cluster(jobs: Sequence[Job], client: Any) -> None:
    """Executes jobs on a cluster; the jobs of a lost worker are executed by another one.

    Args:
        jobs: The jobs, by decreasing priority.
        client: As from `segue.features.extraction.dask_client.connect`.

    Raises:
        UserError: A run fails for a reason that the user can fix, or a worker cannot see the folder of the
            study or runs different code.
    """
    distributed: Any = import_module("distributed")
    registered = RegistrySnapshot.take()
    futures = [
        client.submit(_execute_on_worker, job, registered, pure=False, priority=-place)
        for place, job in enumerate(jobs)
    ]
    try:
        for future in distributed.as_completed(futures):
            future.result()
    except distributed.KilledWorker as error:
        raise UserError(
            "Several workers of the cluster have died over one run, perhaps for lack of memory: give each "
            "worker more. What is finished is kept; run the same command again to resume."
        ) from error
    finally:
        client.cancel(futures)


def _execute_on_worker(job: Job, registered: RegistrySnapshot) -> None:
    """Executes a job on a worker, unless its results could differ from those of the other workers."""
    if not job.runs.is_dir():
        raise UserError(
            f"A worker of the cluster cannot see {job.runs}; choose a folder that all workers share."
        )
    if current_provenance()["code"] != job.provenance["code"]:
        raise UserError(
            "A worker of the cluster runs different code; install the same version on all workers."
        )
    registered.restore()
    _require_same_code(job)
    job.execute()


def _require_same_code(job: Job) -> None:
    """Checks that users' modules on this machine are those of the parent.

    Raises:
        UserError: One of them differs.
    """
    for spec in job.specs:
        found = {
            **code_of_environment(spec.environment, spec.environment_settings),
            **code_of_agent(spec.agent),
        }
        for name, fingerprint in spec.code.items():
            # The code of a script has come along with the job.
            if not name.startswith(MAIN) and found.get(name) != fingerprint:
                raise UserError(
                    f"A worker of the cluster runs other code of {name!r}; install the same on all workers "
                    "and restart them."
                )
