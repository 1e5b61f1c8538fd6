"""The base class of trained agents: a name, a learning curve, and one file to save them in."""

from abc import abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import pandas as pd

from segue.agents.base import Agent
from segue.agents.trained.file import SavedAgent, write_saved_agent


class TrainedAgent(Agent):
    """An agent that training produced; it can be saved, and `segue.agents.load_agent` reads it again.

    Args:
        name: The agent's name, such as `"dqn"`.
    """

    file_format: ClassVar[str]
    """Identifies in a saved file the class that reads it, and the version of its content."""

    curve: pd.DataFrame
    """Learning curve, one row per window of training (see `segue.agents.sb3.learning_curve`); empty for a
    loaded agent."""

    steps: int
    """Steps that it was trained for, whole rollouts; 0 for a loaded agent."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.curve = pd.DataFrame()
        self.steps = 0

    def save(self, path: str | Path) -> None:
        """Writes the agent without its learning curve into one file.

        Args:
            path: Where to write; an existing file is replaced.
        """
        content = self.content()
        record = {"format": self.file_format, "name": self.name, **content.record}
        write_saved_agent(Path(path), replace(content, record=record))

    @abstractmethod
    def content(self) -> SavedAgent:
        """Returns what `save` writes beside the format and the name."""

    @classmethod
    def needs_trust(cls, saved: SavedAgent) -> str:
        """Returns which code of the file's choice `restore` would run, as a clause; empty if none."""
        return ""

    @classmethod
    @abstractmethod
    def restore(cls, saved: SavedAgent, env: Any, seed: int) -> Self:
        """Makes the agent from what `save` wrote.

        Args:
            saved: The saved content.
            env: The environment in which the agent is to play, wrapped or not.
            seed: Seed of its sampling.

        Returns:
            The agent, ready to choose.

        Raises:
            UserError: The agent cannot play in this environment.
        """
