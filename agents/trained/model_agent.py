"""A trained model of any Stable-Baselines3 algorithm and policy as an agent."""

import inspect
import io
from typing import Any, Self

import numpy as np
import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm

from segue.agents.base import Batch
from segue.agents.trained.base import TrainedAgent
from segue.envs.registration.entry_points import load_named
from segue.features.arrays import AnyArray
from segue.features.errors import UserError


class ModelAgent(TrainedAgent):
    """Chooses by a model's own `predict`.

    Such a policy is tied to one pool size. A model whose `predict` takes `action_masks` gets them; any other
    may choose a masked candidate, and then the listener hears a repeat.

    Args:
        name: The agent's name.
        model: The trained model.
    """

    file_format = "segue model agent, version 2"

    def __init__(self, name: str, model: BaseAlgorithm) -> None:
        super().__init__(name)
        self.model = model
        self._accepts_masks = "action_masks" in inspect.signature(model.predict).parameters

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Returns the model's choice."""
        masks = {"action_masks": mask} if self._accepts_masks else {}
        return self.model.predict(observation, state, starts, deterministic, **masks)

    def content(self) -> dict[str, Any]:
        """Returns the path of the algorithm's class and the bytes, uint8, that its `save` writes."""
        file = io.BytesIO()
        self.model.save(file)
        algorithm = type(self.model)
        return {
            "algorithm": f"{algorithm.__module__}:{algorithm.__qualname__}",
            "model": th.from_numpy(np.frombuffer(file.getvalue(), np.uint8).copy()),
        }

    @classmethod
    def restore(cls, content: dict[str, Any], env: Any, seed: int) -> Self:
        """Makes the agent from what `save` wrote.

        Stable-Baselines3 unpickles the model, and unpickling can run any code: only load files you trust.

        Args:
            content: The saved content.
            env: The environment in which the agent is to play, wrapped or not.
            seed: Not used: the model draws from torch's global generator.

        Returns:
            The agent.

        Raises:
            UserError: The algorithm cannot be imported, or the environment's observations have other shapes.
        """
        algorithm = load_named(content["algorithm"], "algorithm")
        model = algorithm.load(io.BytesIO(content["model"].numpy().tobytes()), device="cpu")
        unwrapped = env.unwrapped
        space = getattr(unwrapped, "single_observation_space", unwrapped.observation_space)
        if model.observation_space != space:
            raise UserError(
                f"Agent {content['name']!r} was trained on observations of other shapes; use the same "
                "pool_size and a catalogue with the same features."
            )
        return cls(content["name"], model)
