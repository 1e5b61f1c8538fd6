"""The folder of a search: where its models, runs and trials are."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from segue.experiments.runs.spec import RunSpec
from segue.experiments.storage.progress_file import progress_of
from segue.experiments.tuning.search import Search
from segue.features.errors import UserError
from segue.features.existing_files import make_folder

_LEFTOVERS = (".search.json", ".lock", "runs", "models", "wall_time", "trials.csv", "best.yaml")
"""What a folder may hold whose `search.json` was not written yet, or was damaged and deleted."""


@dataclass(frozen=True)
class SearchFolder:
    """The folder of a search.

    Attributes:
        path: The folder.
    """

    path: Path

    @property
    def search(self) -> Path:
        """The configuration of the search."""
        return self.path / "search.json"

    @property
    def models(self) -> Path:
        """One folder per training."""
        return self.path / "models"

    @property
    def runs(self) -> Path:
        """One folder per evaluation."""
        return self.path / "runs"

    @property
    def storage(self) -> str:
        """Address of the database in which Optuna stores the trials."""
        return f"sqlite:///{self.path / 'trials.db'}"

    def progress(self, spec: RunSpec) -> float:
        """Returns the share of a training and its evaluation that is done, in [0, 1]."""
        assert spec.model is not None
        evaluated = progress_of(self.runs / spec.folder_name)
        trained = progress_of(self.models / spec.model.folder_name) or 0
        work = trained if evaluated is None else spec.model.work + evaluated
        return min(work / (spec.model.work + spec.work), 1.0)

    def start(self, search: Search) -> None:
        """Writes the configuration of the search, or checks that the folder contains this search.

        Raises:
            UserError: The folder contains something else.
        """
        if self.search.is_file():
            stored = self._stored()
            wanted = json.loads(json.dumps(asdict(search)))
            differing = [key for key in wanted if stored.get(key) != wanted[key]]
            if differing:
                raise UserError(
                    f"{self.path} contains a different search ({', '.join(differing)} differ); "
                    "choose another folder."
                )
            return
        if self.path.exists() and (
            not self.path.is_dir() or any(entry.name not in _LEFTOVERS for entry in self.path.iterdir())
        ):
            raise UserError(f"{self.path} contains other files but no search; choose a new or empty folder.")
        make_folder(self.runs)
        partial = self.path / ".search.json"
        partial.write_text(json.dumps(asdict(search), indent=2) + "\n", encoding="utf-8")
        partial.replace(self.search)

    def _stored(self) -> dict[str, Any]:
        """Reads the configuration of the search.

        Raises:
            UserError: It is damaged.
        """
        try:
            stored = json.loads(self.search.read_bytes())
        except ValueError:
            stored = None
        if not isinstance(stored, dict):
            raise UserError(
                f"{self.search} is damaged: delete it and its trials.db to search again; finished trainings "
                "are kept."
            )
        return stored
