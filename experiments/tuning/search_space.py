"""The search space: which settings of a learned agent a search may try."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from segue.features.errors import UserError, excerpt, unknown_name
from segue.features.yaml_reader import read_yaml

if TYPE_CHECKING:
    from optuna import Trial


@dataclass(frozen=True)
class Choices:
    """A choice among several values of any type.

    Attributes:
        values: The values.
    """

    values: tuple[Any, ...]

    def around(self, value: Any) -> Choices:
        """Returns the same choices, with the value added if it is missing."""
        return self if value in self.values else Choices((*self.values, value))

    def suggest(self, trial: Trial, name: str) -> Any:
        """Lets a trial choose a value."""
        # Optuna cannot store lists, so every choice is stored as text.
        return self.decode(trial.suggest_categorical(name, [self.encode(value) for value in self.values]))

    def encode(self, value: Any) -> Any:
        """Returns the form in which Optuna stores a choice."""
        return json.dumps(value)

    def decode(self, stored: Any) -> Any:
        """Inverts `encode`."""
        return json.loads(stored)


@dataclass(frozen=True)
class Range:
    """A number between two bounds, an integer if both bounds are.

    Attributes:
        low: Smallest value.
        high: Largest value.
        log: Whether to search on a logarithmic scale.
    """

    low: float
    high: float
    log: bool = False

    def around(self, value: Any) -> Range:
        """Returns the same range, extended to include the value."""
        return replace(self, low=min(self.low, value), high=max(self.high, value))

    def suggest(self, trial: Trial, name: str) -> Any:
        """Lets a trial choose a value."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(name, self.low, self.high, log=self.log)
        return self.decode(trial.suggest_float(name, self.low, self.high, log=self.log))

    def encode(self, value: Any) -> Any:
        """Returns the form in which Optuna stores a number."""
        return value

    def decode(self, stored: Any) -> Any:
        """Returns the number as used: rounded to four digits, so that files of settings stay readable."""
        return stored if isinstance(stored, int) else float(f"{stored:.4g}")


SearchSpace: TypeAlias = dict[str, Choices | Range]
"""Choices or range by setting."""


def built_in_spaces() -> dict[str, dict[str, Any]]:
    """Reads the search spaces that come with segue, by agent."""
    text = (resources.files(__package__) / "search_spaces.yaml").read_text(encoding="utf-8")
    spaces: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return spaces


def space_of(agent: str, file: Path | None = None) -> dict[str, Any]:
    """Returns the search space of an agent as written in YAML.

    Args:
        agent: Its registered name.
        file: A custom file that maps settings to choices or ranges.

    Raises:
        UserError: The file cannot be read, or there is no space for the agent.
    """
    if file is None:
        spaces = built_in_spaces()
        if agent not in spaces:
            raise UserError(f"Agent {agent!r} has no built-in search space; give one with --space FILE.yaml.")
        return spaces[agent]
    written = read_yaml(file, f"The search space {file}").data
    if not (isinstance(written, dict) and written):
        raise UserError(f"The search space {file} must map settings to choices or ranges.")
    return written


def read_space(written: Mapping[str, Any], settings: Mapping[str, Any]) -> SearchSpace:
    """Parses a search space and extends it to include the present settings.

    Args:
        written: Settings to a list of choices, or to `{low, high, log}`.
        settings: The agent's present settings.

    Raises:
        UserError: An entry is neither a list of choices nor a range, or its range cannot include the present
            setting.
    """
    space: SearchSpace = {}
    for name, entry in written.items():
        found = _read_entry(name, entry)
        if isinstance(found, Range) and name in settings:
            _require_number(name, settings[name], found.log)
        space[name] = found.around(settings[name]) if name in settings else found
    return space


def _require_number(name: str, value: Any, log: bool) -> None:
    """Checks that a range can be extended to a present setting."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or (log and value <= 0):
        wanted = "a number above 0, as its range with `log` needs" if log else "a number, as its range needs"
        raise UserError(
            f"Search space, {name}: its present value {excerpt(value)} is not {wanted}; start from another "
            f"one with --agent-set {name}=VALUE, or give a list of choices."
        )


def _read_entry(name: str, entry: Any) -> Choices | Range:
    if isinstance(entry, list) and entry:
        return Choices(tuple(entry))
    if not isinstance(entry, dict):
        raise UserError(f"Search space, {name}: expected a list of choices or {{low: …, high: …}}.")
    for key in entry:
        if key not in ("low", "high", "log"):
            raise unknown_name(f"key of the range of {name}", key, ("low", "high", "log"))
    low, high, log = entry.get("low", 0), entry.get("high", 0), bool(entry.get("log", False))
    numbers = all(isinstance(end, int | float) and not isinstance(end, bool) for end in (low, high))
    if not numbers or not low < high or (log and not low > 0):
        raise UserError(f"Search space, {name}: a range needs numbers low < high, above 0 with `log`.")
    return Range(low, high, log)
