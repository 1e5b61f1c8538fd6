"""Where a search of settings keeps what it makes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from segue.experiments.runs.spec import RunSpec
from segue.experiments.storage.progress_file import progress_of
from segue.experiments.tuning.search import Search
from segue.features.errors import UserError


@dataclass(frozen=True)
class SearchFolder:
    """Where a search keeps what it makes.

    Attributes:
        path: The folder.
    """

    path: Path

    @property
    def search(self) -> Path:
        """What is searched."""
        return self.path / "search.json"

    @property
    def models(self) -> Path:
        """One folder a training."""
        return self.path / "models"

    @property
    def runs(self) -> Path:
        """One folder an evaluation."""
        return self.path / "runs"

    @property
    def memory(self) -> str:
        """Optuna's storage."""
        return f"sqlite:///{self.path / 'trials.db'}"

    def progress(self, spec: RunSpec) -> float:
        """Share of a training and its evaluation that is done, as far as it has told."""
        assert spec.model is not None
        evaluated = progress_of(self.runs / spec.folder_name)
        trained = progress_of(self.models / spec.model.folder_name) or 0
        work = trained if evaluated is None else spec.model.work + evaluated
        return min(work / (spec.model.work + spec.work), 1.0)

    def begin(self, search: Search) -> None:
        """Writes what is searched, or makes sure that the folder holds this very search.

        Raises:
            UserError: The folder holds something else.
        """
        if self.search.is_file():
            there = json.loads(self.search.read_text(encoding="utf-8"))
            ours = json.loads(json.dumps(asdict(search)))
            differing = [key for key in ours if there.get(key) != ours[key]]
            if differing:
                raise UserError(
                    f"{self.path} holds another search ({', '.join(differing)} differ): give another folder."
                )
            return
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise UserError(f"{self.path} holds something else than a search: give a new or empty folder.")
        self.runs.mkdir(parents=True, exist_ok=True)
        self.search.write_text(json.dumps(asdict(search), indent=2) + "\n", encoding="utf-8")
