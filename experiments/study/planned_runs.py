"""The list of runs that a study consists of, written into its folder when it is started.

A report reads it to know which of its runs are missing, without making the environments again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from segue.experiments.runs.folder import FORMAT, other_version
from segue.experiments.runs.spec import RunSpec
from segue.experiments.storage.atomic import read_json, write_json


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


def read_planned_runs(file: Path) -> list[PlannedRun]:
    """Reads what `write_planned_runs` wrote.

    Raises:
        UserError: There is no such list, as in the studies of version 0.1, or it has another format.
    """
    record = read_json(file) if file.is_file() else {}
    if record.get("format") != FORMAT:
        raise other_version(file.parent)
    return [PlannedRun(**run) for run in record["runs"]]
