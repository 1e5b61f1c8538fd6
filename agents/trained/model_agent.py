"""A trained model of any Stable-Baselines3 algorithm and policy as an agent."""

import inspect
import json
import pickle
from collections.abc import Mapping
from typing import Any, Self

import cloudpickle
import numpy as np
import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.save_util import recursive_getattr

from segue.agents.base import Batch
from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.registry import (
    TRAINING_SETTINGS,
    Factory,
    agent_info,
    agent_names,
    check_settings,
    custom_agents,
    setting_names,
)
from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.agents.trained.base import TrainedAgent
from segue.agents.trained.file import SavedAgent
from segue.envs import PlaylistVectorEnv
from segue.features.arrays import AnyArray
from segue.features.errors import UserError

_COUNTERS = ("num_timesteps", "exploration_rate")
"""Numbers of an algorithm that change in training and that its `predict` may read."""

_MOST_ENVS = 4096
"""Most sessions for which an algorithm is built that is only to choose, whatever it was trained with."""


class ModelAgent(TrainedAgent):
    """Chooses by a model's own `predict`.

    Such a policy is tied to one pool size. A model whose `predict` takes `action_masks` gets them; any other
    may choose a masked candidate, and then the listener hears a repeat.

    A saved one is made again by the registered factory of the agent and then gets its weights, so that its
    file needs no pickle, as Stable-Baselines3's own files do.

    Args:
        name: The agent's name.
        model: The trained model.
        observation_spec: What its observations hold.
        settings: What the factory of the agent was given, with `num_envs` and `domain_randomization`.
    """

    file_format = "segue model agent, version 3"

    def __init__(
        self, name: str, model: BaseAlgorithm, observation_spec: ObservationSpec, settings: Mapping[str, Any]
    ) -> None:
        super().__init__(name)
        self.model, self.observation_spec, self.settings = model, observation_spec, dict(settings)
        self._accepts_masks = "action_masks" in inspect.signature(model.predict).parameters

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Returns the model's choice."""
        masks = {"action_masks": mask} if self._accepts_masks else {}
        return self.model.predict(observation, state, starts, deterministic, **masks)

    def content(self) -> SavedAgent:
        """Returns the settings and counters of the algorithm, and the weights of its networks.

        Settings that JSON cannot express, such as classes, are pickled.
        """
        written = _as_json(self.settings)
        record = {
            "factory": agent_info(self.name).factory_path,
            "observation_spec": self.observation_spec.to_dict(),
            "settings": written,
            "counters": {name: getattr(self.model, name) for name in _COUNTERS if hasattr(self.model, name)},
        }
        weights = {
            f"{part}/{name}": tensor
            for part, module in _networks(self.model).items()
            for name, tensor in module.state_dict().items()
        }
        return SavedAgent(record, weights, b"" if written is not None else cloudpickle.dumps(self.settings))

    @classmethod
    def needs_trust(cls, saved: SavedAgent) -> str:
        """Returns which code of the file's choice `restore` would run; see `TrainedAgent.needs_trust`."""
        if saved.name not in agent_names():
            factory = str(saved.record.get("factory"))[:100]
            return (
                f"its agent {saved.name!r} is not registered here, so that {factory!r} would be "
                "imported; better call register_agent first, as the program that trained it does"
            )
        if saved.pickled:
            return "its settings are pickled, since JSON cannot express them"
        return ""

    @classmethod
    def restore(cls, saved: SavedAgent, env: Any, seed: int) -> Self:
        """Makes the agent from what `save` wrote; `needs_trust` says which code that runs.

        Args:
            saved: The saved content.
            env: The environment in which the agent is to play, wrapped or not.
            seed: Seed of the algorithm, which also seeds torch's global generator.

        Returns:
            The agent.

        Raises:
            UserError: There is no such agent, it refuses its settings, or the environment's observations have
                other shapes.
        """
        name, record = saved.name, saved.record
        own = {info.name for info in custom_agents() if info.learned}
        if name in agent_names() and name not in own:
            raise UserError(
                f"Agent {name!r} is not a learned agent of your own here, as it is in the file; register it "
                "under another name than segue's, and train it again."
            )
        observation_spec = ObservationSpec.from_dict(record["observation_spec"])
        observation_spec.require_same(ObservationSpec.from_layout(env.unwrapped.layout), name)
        settings = pickle.loads(saved.pickled) if saved.pickled else dict(record["settings"])
        info = agent_info(name if name in agent_names() else record["factory"])
        model = _untrained(name, info.load(), env, seed, settings)
        for counter in _COUNTERS:
            if counter in record["counters"]:
                setattr(model, counter, type(getattr(model, counter))(record["counters"][counter]))
        _set_weights(name, model, saved.weights)
        return cls(name, model, observation_spec, settings)


def _as_json(settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """Returns settings as JSON gives them back; None if they would not be the same."""
    try:
        written: dict[str, Any] = json.loads(json.dumps(settings, default=_python_number))
    except (TypeError, ValueError):
        return None
    return written if written == settings else None


def _python_number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} cannot be written as JSON")


def _networks(model: BaseAlgorithm) -> dict[str, Any]:
    """Returns what a model saves with `state_dict`, except for its optimisers, which only training needs."""
    parts = {
        part: recursive_getattr(model, part) for part in model.get_parameters() if part != "pytorch_variables"
    }
    return {part: value for part, value in parts.items() if not isinstance(value, th.optim.Optimizer)}


def _untrained(name: str, factory: Factory, env: Any, seed: int, settings: dict[str, Any]) -> Any:
    """Builds the algorithm of an agent for sessions like those of an environment."""
    own = env.unwrapped
    num_envs = min(settings["num_envs"], _MOST_ENVS)
    settings = {key: value for key, value in settings.items() if key not in TRAINING_SETTINGS}
    form = {"observation": own.layout.mode, "observe_durations": own.layout.has_durations}
    sessions = PlaylistVectorEnv(num_envs, action=own.action_mode, **form, **own.settings)
    check_settings(name, settings, setting_names(factory))
    try:
        return factory(PlaylistVecEnv(sessions), seed, **settings)
    except UserError:
        raise
    except (TypeError, ValueError, AssertionError) as error:
        raise UserError(f"Agent {name!r} cannot be built from its saved settings: {error!s:.200}") from error


def _set_weights(name: str, model: BaseAlgorithm, weights: dict[str, th.Tensor]) -> None:
    """Gives a model its saved weights."""
    networks = _networks(model)
    expected = {f"{part}/{key}" for part, module in networks.items() for key in module.state_dict()}
    try:
        if expected != set(weights):
            raise RuntimeError("the networks have other layers")
        for part, module in networks.items():
            own = {
                key.partition("/")[2]: value for key, value in weights.items() if key.startswith(f"{part}/")
            }
            module.load_state_dict(own)
    except RuntimeError as error:
        raise UserError(
            f"Agent {name!r} was trained on observations of other shapes; use the same pool_size and a "
            "catalogue with the same features."
        ) from error
