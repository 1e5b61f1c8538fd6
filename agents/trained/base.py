"""The base class of trained agents: a name, a learning curve, and one file to save them in."""

from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import pandas as pd
import torch as th

from segue.agents.base import Agent


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

    def __init__(self, name: str) -> None:
        self.name = name
        self.curve = pd.DataFrame()

    def save(self, path: str | Path) -> None:
        """Writes the agent without its learning curve into one file.

        Args:
            path: Where to write; an existing file is replaced.
        """
        th.save({"format": self.file_format, "name": self.name, **self.content()}, Path(path))

    @abstractmethod
    def content(self) -> dict[str, Any]:
        """Returns what `save` writes: tensors, strings and numbers, and lists and dicts of them."""

    @classmethod
    @abstractmethod
    def restore(cls, content: dict[str, Any], env: Any, seed: int) -> Self:
        """Makes the agent from what `save` wrote.

        Args:
            content: The saved content, with `name`.
            env: The environment in which the agent is to play, wrapped or not.
            seed: Seed of its sampling.

        Returns:
            The agent, ready to choose.

        Raises:
            UserError: The agent cannot play in this environment.
        """
