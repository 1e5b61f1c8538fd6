"""Trained models that come with segue: files of saved agents, and cards that say what to expect of them.

`experiments/ship_models.py` writes them from a finished study. `segue models` lists them, and
`segue.agents.load_agent` loads one by its name.
"""

import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from segue.features.errors import UserError, unknown_name

LARGEST = 2_000_000
"""Most bytes of a shipped model."""


@dataclass(frozen=True)
class ModelCard:
    """What is known of a shipped model.

    Attributes:
        name: Its name.
        environment: The registered environment that it was trained and tested in.
        agent: The registered agent that learned it.
        version: Version of segue that trained it.
        revision: Revision of segue's code that trained it; empty if it is not known.
        seed: Seed of its training.
        steps: Training steps.
        agent_settings: Settings of the agent, its defaults filled in.
        training_settings: Settings of the environment in training that are not the registered ones.
        test_settings: The same in the test; the `split` keeps its tracks and listeners out of training.
        catalog: The catalogue of the test.
        first_session: Seed of the first test session; the others count up.
        sessions: Number of test sessions.
        mean_return: Mean return of these sessions.
        return_interval: Its 95 % interval over sessions.
        score: Normalised score of the same sessions: 0 is the mean return of `lower`, 1 that of `upper`.
        score_interval: Its 95 % interval over sessions.
        lower: Agent whose score is 0.
        lower_return: Its mean return in the same sessions.
        upper: Agent whose score is 1.
        upper_return: Its mean return in the same sessions.
        chosen: How this training was chosen among those of its study.
        sha256: Checksum of the file.
    """

    name: str
    environment: str
    agent: str
    version: str
    revision: str
    seed: int
    steps: int
    agent_settings: dict[str, Any]
    training_settings: dict[str, Any]
    test_settings: dict[str, Any]
    catalog: str
    first_session: int
    sessions: int
    mean_return: float
    return_interval: tuple[float, float]
    score: float
    score_interval: tuple[float, float]
    lower: str
    lower_return: float
    upper: str
    upper_return: float
    chosen: str
    sha256: str

    @property
    def test_seeds(self) -> range:
        """Seeds of the test sessions."""
        return range(self.first_session, self.first_session + self.sessions)


def model_names() -> list[str]:
    """Returns the names of the shipped models."""
    return sorted(path.stem for path in _folder().glob("*.yaml"))


def model_card(name: str) -> ModelCard:
    """Reads the card of a shipped model.

    Raises:
        UserError: There is no such model.
    """
    if name not in model_names():
        raise unknown_name("model", name, model_names())
    content = yaml.safe_load((_folder() / f"{name}.yaml").read_text("utf-8"))
    for interval in ("return_interval", "score_interval"):
        content[interval] = tuple(content[interval])
    return ModelCard(**content)


def model_size(name: str) -> int:
    """Returns the bytes of a shipped model."""
    return (_folder() / f"{name}.zip").stat().st_size


def model_file(name: str) -> Path:
    """Returns the file of a shipped model, having compared its checksum.

    Raises:
        UserError: There is no such model, or its file is missing or was altered.
    """
    card, file = model_card(name), _folder() / f"{name}.zip"
    if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != card.sha256:
        raise UserError(f"The model {name!r} that came with segue is damaged; install segue again.")
    return file


def _folder() -> Path:
    """Returns the folder of the models; wheels are always unpacked."""
    return Path(str(resources.files(__name__)))
