"""Specifications of trainings and runs: everything that decides their numbers, and the key made from it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from segue.agents.registry import SAVED_AGENT
from segue.experiments.runs.folder import FORMAT
from segue.features.existing_files import is_file

EVALUATION_WORK = 10
"""Training steps that one evaluation session counts for in the progress."""

ADDED_ARGUMENTS = {"observe_durations": False}
"""Arguments of environments that came later than the format of runs, with what all runs did before. At this
value they do not change a key, so that earlier runs can be reused."""


@dataclass(frozen=True)
class ModelSpec:
    """One training: everything that decides what an agent learns, which its evaluation does not.

    Attributes:
        environment: Registered id of the environment to train in.
        agent: Registered name of the agent.
        seed: Seed of everything random in training.
        steps: Training steps.
        environment_label: Name of the environment in tables and figures.
        agent_label: Name of the agent in tables and figures.
        environment_settings: Arguments of the environment, defaults and split filled in.
        agent_settings: Arguments of the agent, its defaults filled in.
        validation_sessions: Sessions played at fixed steps of the training; see `runs.validation`.
        data: Fingerprint by name of what the settings refer to: the catalogue, the listener, files.
        code: Fingerprint of users' code by package or module; see `runs.named_code`.
    """

    environment: str
    agent: str
    seed: int
    steps: int
    environment_label: str = "environment"
    agent_label: str = "agent"
    environment_settings: dict[str, Any] = field(default_factory=dict)
    agent_settings: dict[str, Any] = field(default_factory=dict)
    validation_sessions: int = 0
    data: dict[str, str] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Hash of everything but the labels."""
        return _hash(asdict(self))

    @property
    def folder_name(self) -> str:
        """Name of the model's folder: readable first, unique at the end."""
        return f"{slug(self.environment_label)}--{slug(self.agent_label)}--seed{self.seed}--{self.key}"

    @property
    def title(self) -> str:
        """Name of this training in the progress bar."""
        return f"{self.agent_label}, seed {self.seed}, trained on {self.environment_label}"

    @property
    def work(self) -> int:
        """Amount of work, in training steps."""
        return self.steps


@dataclass(frozen=True)
class RunSpec:
    """One evaluation of an agent, trained or not, in one environment with one seed.

    Attributes:
        environment: Registered id of the environment to evaluate in.
        agent: Registered name of the agent.
        seed: Seed of the agent, and of its training if it learns.
        episodes: Number of sessions to evaluate on.
        first_episode: Seed of the first session; the others count up.
        environment_label: Name of the environment in tables and figures.
        agent_label: Name of the agent in tables and figures.
        environment_settings: Arguments of the environment, defaults and split filled in.
        agent_settings: Arguments of an agent that does not learn.
        model: The training of an agent that learns.
        deterministic: Whether the agent takes its best action.
        order_sessions: Number of sessions whose order is analysed; see `runs.order_regret`.
        validation_sessions: Validation sessions that an agent plays which is not trained for this run.
        validation_settings: Settings of the environment of those sessions, that of the training.
        data: Fingerprint by name of what the settings refer to: the catalogue, the listener, files.
        code: Fingerprint of users' code by package or module; see `runs.named_code`.
    """

    environment: str
    agent: str
    seed: int
    episodes: int
    first_episode: int
    environment_label: str = "environment"
    agent_label: str = "agent"
    environment_settings: dict[str, Any] = field(default_factory=dict)
    agent_settings: dict[str, Any] = field(default_factory=dict)
    model: ModelSpec | None = None
    deterministic: bool = True
    order_sessions: int = 0
    validation_sessions: int = 0
    validation_settings: dict[str, Any] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Undoes `dataclasses.asdict`, as the record of a run stores it."""
        model = content["model"]
        return cls(**{**content, "model": None if model is None else ModelSpec(**model)})

    @property
    def learned(self) -> bool:
        """Whether this run needs a trained model."""
        return self.model is not None

    @property
    def trained_elsewhere(self) -> bool:
        """Whether the agent was trained in a different environment."""
        return self.model is not None and self.model.environment_label != self.environment_label

    @property
    def episode_seeds(self) -> list[int]:
        """Seeds of the sessions to evaluate on."""
        return list(range(self.first_episode, self.first_episode + self.episodes))

    @property
    def plays_saved(self) -> bool:
        """Whether the agent was trained before the study, and is read from a file."""
        return self.agent == SAVED_AGENT

    @property
    def key(self) -> str:
        """Hash of everything but the labels; of a saved agent its checksum counts, not where it lies."""
        content = {**asdict(self), "model": self.model and self.model.key}
        if self.plays_saved:
            path = self.agent_settings["path"]
            content["agent_settings"] = {**self.agent_settings, "path": self.data[path]}
            content["data"] = {name: digest for name, digest in self.data.items() if name != path}
        return _hash(content)

    @property
    def folder_name(self) -> str:
        """Name of the run's folder: readable first, unique at the end."""
        return f"{slug(self.environment_label)}--{slug(self.agent_label)}--seed{self.seed}--{self.key}"

    @property
    def title(self) -> str:
        """Name of this run in the progress bar."""
        return f"{self.agent_label}, seed {self.seed}, evaluated on {self.environment_label}"

    @property
    def work(self) -> int:
        """Amount of work, in training steps."""
        return (self.episodes + self.validation_sessions) * EVALUATION_WORK


Spec = ModelSpec | RunSpec


def _hash(content: dict[str, Any]) -> str:
    """Hashes everything but the labels, and the format: folders of another format are never reused."""
    decisive = {name: value for name, value in content.items() if not name.endswith("_label")}
    for name in decisive.keys() & {"environment_settings", "validation_settings"}:
        added = ADDED_ARGUMENTS.items()
        decisive[name] = {key: value for key, value in decisive[name].items() if (key, value) not in added}
    text = json.dumps({**decisive, "format": FORMAT}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def key_of(folder_name: str) -> str:
    """Returns the key at the end of a folder's name."""
    return folder_name.rpartition("--")[2]


def slug(label: str) -> str:
    """Turns a label into part of a file name: `Deep Q (64)` becomes `deep-q-64`."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:60] or "x"


def fingerprints(settings: dict[str, Any]) -> dict[str, str]:
    """Hashes the files that settings name, so that a changed file leads to a new run.

    Args:
        settings: Arguments of an environment or agent, possibly nested.

    Returns:
        A short hash of the content by the text that names the file.
    """
    found: dict[str, str] = {}
    for value in _texts(settings):
        if Path(value).suffix and is_file(value):
            found |= fingerprint_of_file(value)
    return found


def fingerprint_of_file(path: str) -> dict[str, str]:
    """Hashes a file, by its path; see `fingerprints`."""
    return {path: hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]}


def _texts(value: Any) -> list[str]:
    """Returns all strings in a nested value."""
    if isinstance(value, str):
        return [value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [text for child in children for text in _texts(child)]
