"""The folder of a study: where its models, runs, tables, figures and report are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.experiments.runs.folder import CONFIG, read_record
from segue.experiments.storage.checksums import DamagedError
from segue.experiments.study.loader import StudyFile, load_study
from segue.experiments.study.results import Results
from segue.features.errors import UserError, excerpt

_LEFTOVERS = (".lock", ".study.yaml", "runs")
"""Files of a study that was killed before it had written `study.yaml`."""


@dataclass(frozen=True)
class StudyFolder:
    """The folder of a study.

    Attributes:
        path: The folder.
    """

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))

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
    def listener_table(self) -> Path:
        """Copy of the table of listeners that the study groups by, if it names one."""
        return self.path / "listener_table.parquet"

    @property
    def models(self) -> Path:
        """One folder per training."""
        return self.path / "models"

    @property
    def runs(self) -> Path:
        """One folder per run."""
        return self.path / "runs"

    @property
    def tracking(self) -> Path:
        """Learning curves for TensorBoard."""
        return self.path / "tensorboard"

    @property
    def wall_time(self) -> Path:
        """One record of the wall time per invocation."""
        return self.path / "wall_time"

    @property
    def results(self) -> Path:
        """The tables, as Parquet and CSV."""
        return self.path / "results"

    @property
    def figures(self) -> Path:
        """The figures, each with the CSV file behind it."""
        return self.path / "figures"

    @property
    def report(self) -> Path:
        """The report, which is written last."""
        return self.path / "report.html"

    @property
    def replaced(self) -> Path:
        """Models and runs that were damaged, or that were made again on request; nobody reads them."""
        return self.path / "replaced"

    @property
    def complete(self) -> bool:
        """Whether the study has been reported on: the tables are there, and the page to its end."""
        if not (self.report.is_file() and Results.stored_in(self.results)):
            return False
        with self.report.open("rb") as page:
            page.seek(max(page.seek(0, os.SEEK_END) - 64, 0))
            return page.read().rstrip().endswith(b"</html>")

    def start(self, file: StudyFile) -> None:
        """Copies the study file into the folder, unless an earlier invocation has done so."""
        self.runs.mkdir(exist_ok=True)
        if not self.study.exists():
            # Renamed when complete: a truncated copy would look like a different study.
            partial = self.path / ".study.yaml"
            partial.write_text(file.text, encoding="utf-8")
            partial.rename(self.study)

    def refuse_other(self, file: StudyFile) -> None:
        """Checks that the folder is new or contains this study.

        Raises:
            UserError: The folder contains something else.
        """
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise UserError(f"{self.path} is a file; choose a folder to write the study to.")
        if not self.study.is_file():
            if any(entry.name not in _LEFTOVERS for entry in self.path.iterdir()):
                raise UserError(
                    f"{self.path} contains other files but no study; choose a new or empty folder."
                )
            return
        self.refuse_old_version()
        stored = load_study(self.study).config
        differing = _first_difference(stored.model_dump(), file.config.model_dump())
        if differing:
            raise UserError(
                f"{self.path} contains a different study ({differing}); "
                "choose another folder, or delete this one."
            )

    def refuse_old_version(self) -> None:
        """Checks that this version of segue reads the runs in the folder.

        Raises:
            UserError: It does not, see `read_record`.
        """
        # A version never adds runs to the folder of another one, so that one record is enough.
        for record in self.runs.glob(f"[!.]*/{CONFIG}"):
            try:
                read_record(record.parent)
            except DamagedError:
                continue
            return


def _first_difference(old: Any, new: Any, path: str = "") -> str:
    """Says in which value two studies first differ, and how; empty if they are equal."""
    if old == new:
        return ""
    if isinstance(old, dict) and isinstance(new, dict):
        parts = [(str(key), old.get(key), new.get(key)) for key in dict.fromkeys([*old, *new])]
        return next(_first_difference(a, b, f"{path}.{key}") for key, a, b in parts if a != b)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return next(_first_difference(a, b, f"{path}.{place}") for place, (a, b) in pairs if a != b)
    return f"`{path.removeprefix('.')}` is {_short(old)} there and {_short(new)} here"


def _short(value: Any) -> str:
    """Writes a value of a study in a few words."""
    if isinstance(value, list) and len(value) > 5:
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "a mapping"
    return "not given" if value is None else excerpt(value)
