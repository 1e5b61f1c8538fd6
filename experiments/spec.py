"""Everything that decides the numbers of one run, and the address that follows from it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class RunSpec:
    """One environment, one agent, one seed, and how to train and evaluate.

    Attributes:
        environment: Registered id of the environment.
        agent: Registered name of the agent.
        seed: Seed of the agent and its training.
        episodes: Number of sessions to evaluate on.
        first_episode: Seed of the first of them; the others count up.
        environment_label: What tables and figures call the environment.
        agent_label: What they call the agent.
        environment_settings: Arguments of the environment.
        agent_settings: Arguments of the agent, its defaults filled in.
        steps: Training steps; None for an agent that does not learn.
        train_split: Part of catalogue and listeners to train on.
        test_split: Part to evaluate on.
        deterministic: Whether the agent takes its best action in evaluation.
        data: Fingerprint by name of what the settings point at: the catalogue, files.
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
    steps: int | None = None
    train_split: str | None = None
    test_split: str | None = None
    deterministic: bool = True
    data: dict[str, str] = field(default_factory=dict)

    @property
    def learned(self) -> bool:
        """Whether this run trains something."""
        return self.steps is not None

    @property
    def episode_seeds(self) -> list[int]:
        """Seeds of the sessions to evaluate on."""
        return list(range(self.first_episode, self.first_episode + self.episodes))

    @property
    def train_settings(self) -> dict[str, Any]:
        """Arguments of the environment for training."""
        return _with_split(self.environment_settings, self.train_split)

    @property
    def test_settings(self) -> dict[str, Any]:
        """Arguments of the environment for evaluation."""
        return _with_split(self.environment_settings, self.test_split)

    @property
    def key(self) -> str:
        """Hash of all that decides the numbers: labels do not, everything else does."""
        content = {name: value for name, value in asdict(self).items() if not name.endswith("_label")}
        text = json.dumps(content, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def folder_name(self) -> str:
        """Name of the run's folder: readable first, unique at the end."""
        return f"{slug(self.environment_label)}--{slug(self.agent_label)}--seed{self.seed}--{self.key}"

    @property
    def title(self) -> str:
        """What the progress bar calls this run."""
        return f"{self.agent_label}, seed {self.seed}, {self.environment_label}"


def _with_split(settings: dict[str, Any], split: str | None) -> dict[str, Any]:
    """Adds the split to the arguments, unless the study leaves it to them."""
    return settings if split is None else {**settings, "split": split}


def slug(label: str) -> str:
    """Turns a label into part of a file name: ``Deep Q (64)`` becomes ``deep-q-64``."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") or "x"


def fingerprints(settings: dict[str, Any]) -> dict[str, str]:
    """Hashes the files that settings name, so that a changed file makes a new run.

    Args:
        settings: Arguments of an environment or agent, possibly nested.

    Returns:
        A short hash of the content by the text that names the file.
    """
    found = {}
    for value in _texts(settings):
        path = Path(value)
        if len(value) < 4096 and path.suffix and path.is_file():
            found[value] = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return found


def _texts(value: Any) -> list[str]:
    """All strings in a nested value."""
    if isinstance(value, str):
        return [value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [text for child in children for text in _texts(child)]
