"""A trained model of any Stable-Baselines3 algorithm and policy as an agent."""

import inspect
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm

from segue.agents.base import Agent, Batch
from segue.envs.registration.entry_points import load_named
from segue.features.arrays import AnyArray
from segue.features.errors import UserError

FORMAT = "segue agent around a model, version 1"


class ModelAgent(Agent):
    """Chooses by a model's own `predict`.

    Such a policy is tied to one pool size. It is told which candidates are free if it takes masks; if not, it
    may choose others, and the listener hears a repeat.

    Args:
        name: The agent's name.
        model: The trained model.
    """

    def __init__(self, name: str, model: BaseAlgorithm) -> None:
        self.name, self.model = name, model
        self.curve = pd.DataFrame()
        self._takes_masks = "action_masks" in inspect.signature(model.predict).parameters

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Asks the model."""
        more = {"action_masks": mask} if self._takes_masks else {}
        return self.model.predict(observation, state, starts, deterministic, **more)

    def save(self, path: str | Path) -> None:
        """Writes the model, as its algorithm saves it, into one file; an existing file is replaced."""
        saved = io.BytesIO()
        self.model.save(saved)
        algorithm = type(self.model)
        content = {
            "format": FORMAT,
            "name": self.name,
            "algorithm": f"{algorithm.__module__}:{algorithm.__qualname__}",
            "model": th.from_numpy(np.frombuffer(saved.getvalue(), np.uint8).copy()),
        }
        th.save(content, Path(path))

    @classmethod
    def restore(cls, content: dict[str, Any], env: Any) -> "ModelAgent":
        """Undoes `save`. Stable-Baselines3 unpickles: only load what you trust.

        Args:
            content: What was saved.
            env: The environment it is to play in.

        Raises:
            UserError: The algorithm is not there, or the environment's observations have other shapes.
        """
        algorithm = load_named(content["algorithm"], "algorithm")
        model = algorithm.load(io.BytesIO(content["model"].numpy().tobytes()), device="cpu")
        unwrapped = env.unwrapped
        space = getattr(unwrapped, "single_observation_space", unwrapped.observation_space)
        if model.observation_space != space:
            raise UserError(
                f"Agent {content['name']!r} was trained on observations of other shapes: give it the same "
                "pool_size and a catalogue with the same features."
            )
        return cls(content["name"], model)
