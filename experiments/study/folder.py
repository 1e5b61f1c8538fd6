"""Where a study keeps what it makes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.experiments.study.loader import StudyFile, parse_study
from segue.experiments.study.results import Results
from segue.features.errors import UserError

_OURS = (".lock", ".study.yaml", "runs")
"""What a study may have left in its folder before it was killed without a trace of itself."""


@dataclass(frozen=True)
class StudyFolder:
    """The folder of a study.

    Attributes:
        path: The folder.
    """

    path: Path

    @property
    def study(self) -> Path:
        """Copy of the study file."""
        return self.path / "study.yaml"

    @property
    def planned_runs(self) -> Path:
        """List of the runs that the study consists of."""
        return self.path / "planned_runs.json"

    @property
    def catalog_map(self) -> Path:
        """Place of each track on the map of its catalogue, by environment."""
        return self.path / "catalog_map.parquet"

    @property
    def models(self) -> Path:
        """One folder a training."""
        return self.path / "models"

    @property
    def runs(self) -> Path:
        """One folder a run."""
        return self.path / "runs"

    @property
    def tracking(self) -> Path:
        """Curves of training for TensorBoard."""
        return self.path / "tensorboard"

    @property
    def wall_time(self) -> Path:
        """How long each sitting has taken."""
        return self.path / "wall_time"

    @property
    def results(self) -> Path:
        """The tables, Parquet and CSV."""
        return self.path / "results"

    @property
    def figures(self) -> Path:
        """The figures, PNG and SVG with the CSV behind each."""
        return self.path / "figures"

    @property
    def report(self) -> Path:
        """The report, which is written last."""
        return self.path / "report.html"

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.report.is_file() and Results.stored_in(self.results)

    def start(self, file: StudyFile) -> None:
        """Makes the folder that of a study, which may have begun before."""
        self.runs.mkdir(exist_ok=True)
        if not self.study.exists():
            # Under another name first: half a file would be taken for another study.
            partial = self.path / ".study.yaml"
            partial.write_text(file.text, encoding="utf-8")
            partial.rename(self.study)

    def refuse_other(self, file: StudyFile) -> None:
        """Makes sure that the folder is new, or holds this very study.

        Raises:
            UserError: It holds something else.
        """
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise UserError(f"{self.path} is a file: give a folder to write the study to.")
        if not self.study.is_file():
            if any(entry.name not in _OURS for entry in self.path.iterdir()):
                raise UserError(f"{self.path} holds other files but no study: give a new or empty folder.")
            return
        there = parse_study(self.study.read_text(encoding="utf-8"), self.study).config
        differing = _first_difference(there.model_dump(), file.config.model_dump())
        if differing:
            raise UserError(
                f"{self.path} holds another study (`{differing}` differs): "
                "give another folder, or delete that one."
            )


def _first_difference(old: Any, new: Any) -> str:
    """Names the first key in which two studies differ; empty if they are the same."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            if old.get(key) != new.get(key):
                return ".".join(filter(None, [str(key), _first_difference(old.get(key), new.get(key))]))
    return ""
