"""What a study holds before its missing runs are made: kept, reused from other studies, or damaged."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from segue.experiments.console import say
from segue.experiments.runs.folder import CONFIG, TRAINING, damage_of, read_record
from segue.experiments.runs.spec import RunSpec, Spec
from segue.experiments.storage.atomic import set_aside
from segue.experiments.storage.checksums import DamagedError, checked_bytes, read_checksums
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.planned_runs import PlannedRun
from segue.features.errors import UserError


@dataclass
class AgentRuns:
    """The runs of one agent.

    Attributes:
        total: Their number.
        kept: How many this study has made before.
        outdated: How many of these were made by other code of segue.
        taken: How many were taken from other studies, by the name of the study's folder.
        changed: The users' packages whose code has changed since the missing ones were last made.
    """

    total: int = 0
    kept: int = 0
    outdated: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    changed: set[str] = field(default_factory=set)

    def sentence(self, agent: str) -> str:
        """Describes the runs in one line."""
        parts = [f"{self.kept} of {self.total} runs kept"] if self.kept else []
        if self.outdated:
            parts[0] += f" ({self.outdated} of them made by other code of segue)"
        parts += [f"{number} taken from {study}" for study, number in self.taken.items()]
        if missing := self.total - self.kept - self.taken.total():
            since = (
                f", since the code of {', '.join(sorted(self.changed))} has changed" if self.changed else ""
            )
            parts.append(f"{missing} to make{since}")
        return f"{agent}: {', '.join(parts)}."


def take_inventory(
    specs: Sequence[RunSpec], folder: StudyFolder, before: Sequence[PlannedRun], code: str
) -> dict[str, AgentRuns]:
    """Counts the runs of each agent that are there.

    Args:
        specs: The runs of the study.
        folder: Its folder.
        before: The runs that it consisted of when it was last called.
        code: Fingerprint of segue's code today.

    Raises:
        UserError: A run is missing because the data or the settings of the study have changed since.
    """
    earlier = {(run.environment, run.agent, run.seed): run.folder for run in before}
    agents: dict[str, AgentRuns] = {}
    for spec in specs:
        runs = agents.setdefault(spec.agent_label, AgentRuns())
        runs.total += 1
        record = _record_of(folder.runs / spec.folder_name)
        if record is not None:
            if source := record.get("reused_from"):
                runs.taken[str(source).partition("/")[0]] += 1
            else:
                runs.kept += 1
                runs.outdated += record.get("code") != code
        else:
            name = earlier.get((spec.environment_label, spec.agent_label, spec.seed))
            if name is not None and name != spec.folder_name:
                runs.changed |= _changed_code(folder, name, spec)
    return agents


def _record_of(run: Path) -> dict[str, Any] | None:
    """Reads the record of a run; None if there is none, or a damaged one, so that the run is made."""
    try:
        return read_record(run)
    except DamagedError:
        return None


def _changed_code(folder: StudyFolder, name: str, spec: RunSpec) -> set[str]:
    """Returns the packages whose code is not that of an earlier run.

    Raises:
        UserError: The runs differ in more than their code.
    """
    record = _record_of(folder.runs / name)
    if record is None:
        return set()
    old = RunSpec.from_dict(record["spec"])
    if _without_code(old) != _without_code(spec):
        raise UserError(
            f"{folder.path} contains this study on different data (a catalogue or a preset has changed "
            "since): choose another folder."
        )
    changed = {*old.code.items(), *(old.model.code.items() if old.model else ())}
    changed ^= {*spec.code.items(), *(spec.model.code.items() if spec.model else ())}
    return {package.removeprefix("__main__:") for package, _ in changed}


def _without_code(spec: RunSpec) -> str:
    """Returns the key that a run would have without users' code."""
    model = spec.model and replace(spec.model, code={})
    return replace(spec, model=model, code={}).key


def say_inventory(agents: dict[str, AgentRuns], console: Console) -> None:
    """Prints a line per agent, unless nothing is there yet."""
    if any(runs.kept or runs.taken or runs.changed for runs in agents.values()):
        for agent, runs in agents.items():
            say(console, runs.sentence(agent))


def set_aside_damaged(specs: Sequence[RunSpec], folder: StudyFolder, console: Console) -> None:
    """Moves damaged models and runs of a study aside, so that they are made again."""
    for path, spec in _present(specs, folder):
        damage = damage_of(path, run=isinstance(spec, RunSpec))
        if damage is not None:
            moved = set_aside(path, folder.replaced)
            say(console, f"{path} is damaged ({damage.what}) and is made again; it is now {moved}.")


def set_all_aside(specs: Sequence[RunSpec], folder: StudyFolder, *, taken_only: bool) -> None:
    """Moves models and runs of a study aside, so that they are made again.

    Args:
        specs: The runs of the study.
        folder: Its folder.
        taken_only: Whether to leave those that this study has made itself.
    """
    for path, _ in _present(specs, folder):
        if not taken_only or holds_taken(path):
            set_aside(path, folder.replaced)


def holds_taken(path: Path) -> bool:
    """Returns whether a run or model, or the model that a run holds, comes from another study."""
    checksums = read_checksums(path, CONFIG)
    records = [checked_bytes(path, name, checksums) for name in (CONFIG, TRAINING) if name in checksums]
    return any("reused_from" in json.loads(record) for record in records)


def _present(specs: Sequence[RunSpec], folder: StudyFolder) -> list[tuple[Path, Spec]]:
    """Returns the models and runs of a study whose folders exist, or whose names something else has."""
    parts: dict[Path, Spec] = {folder.runs / spec.folder_name: spec for spec in specs}
    parts |= {folder.models / spec.model.folder_name: spec.model for spec in specs if spec.model}
    return [(path, spec) for path, spec in parts.items() if os.path.lexists(path)]
