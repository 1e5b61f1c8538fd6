"""The list of runs that a study consists of, written into its folder when it is started.

A report reads it to know which of its runs are missing, without making the environments again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from segue.experiments.runs.folder import FORMAT, other_version
from segue.experiments.runs.spec import RunSpec
from segue.experiments.storage.atomic import write_json
from segue.experiments.storage.checksums import (
    CHECKSUMS,
    DamagedError,
    checked_bytes,
    read_checksums,
    write_checksums,
)


@dataclass(frozen=True)
class PlannedRun:
    """One run of a study, made or not.

    Attributes:
        environment: Label of the environment.
        agent: Label of the agent.
        seed: Seed of the run.
        folder: Name of its folder among the runs of the study.
    """

    environment: str
    agent: str
    seed: int
    folder: str


def write_planned_runs(file: Path, specs: Sequence[RunSpec]) -> None:
    """Writes the runs of a study, in the order of the study; an existing list is replaced as a whole."""
    planned = [
        asdict(PlannedRun(spec.environment_label, spec.agent_label, spec.seed, spec.folder_name))
        for spec in specs
    ]
    partial = file.with_name(f".{file.name}")
    write_json(partial, {"format": FORMAT, "runs": planned})
    partial.replace(file)


def seal_plan(file: Path, others: Sequence[Path]) -> None:
    """Writes the checksums of the list of runs, and of other files in the same folder that go with it."""
    write_checksums(file.parent, file.name, [path.name for path in (*others, file)])


def read_planned_runs(file: Path) -> list[PlannedRun]:
    """Reads what `write_planned_runs` wrote.

    Raises:
        UserError: There is no such list, as in the studies of version 0.1, or it has another format.
        DamagedError: It was altered since `seal_plan`, or is missing.
    """
    if not file.is_file() and not (file.parent / CHECKSUMS).is_file():
        raise other_version(file.parent)
    record = json.loads(read_sealed(file, file.name))
    if record.get("format") != FORMAT:
        raise other_version(file.parent)
    return [PlannedRun(**run) for run in record["runs"]]


def read_sealed(file: Path, planned_runs: str) -> bytes:
    """Reads a file that `seal_plan` has sealed.

    Args:
        file: The file.
        planned_runs: Name of the list of runs.

    Raises:
        DamagedError: It was altered since, or is missing.
    """
    try:
        return checked_bytes(file.parent, file.name, read_checksums(file.parent, planned_runs))
    except DamagedError as error:
        raise DamagedError(error.folder, error.what, "`segue compare` writes this file again") from None
