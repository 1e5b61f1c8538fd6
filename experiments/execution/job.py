"""A job: the unit of work that one process executes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from segue.experiments.runs.run import execute_run
from segue.experiments.runs.spec import RunSpec
from segue.experiments.storage.provenance import Provenance


@dataclass(frozen=True)
class Job:
    """Runs that one process executes in sequence because they share a model.

    Attributes:
        specs: The runs. Either all use the same model, or there is a single run that uses none.
        runs: Folder of all runs.
        models: Folder of all models.
        tracking: Folder for TensorBoard; None writes no curves.
        provenance: What to record about the code and the command.
    """

    specs: list[RunSpec]
    runs: Path
    models: Path
    tracking: Path | None
    provenance: Provenance

    @property
    def work(self) -> int:
        """Amount of work, in training steps."""
        model = self.specs[0].model
        return sum(spec.work for spec in self.specs) + (model.work if model else 0)

    @property
    def title(self) -> str:
        """Name of this job in messages."""
        return (self.specs[0].model or self.specs[0]).title

    def execute(self) -> None:
        """Executes the runs whose folders are missing."""
        for spec in self.specs:
            execute_run(spec, self.runs / spec.folder_name, self.provenance, self.models, self.tracking)
