"""The base of the factories that build Stable-Baselines3 algorithms from an agent's settings."""

import inspect
from abc import ABC, abstractmethod
from typing import Any

import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm

from segue.agents.registry import check_settings
from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.features.errors import UserError, excerpt

_NOT_SETTINGS = {"self", "policy", "env", "seed", "device", "policy_kwargs", "verbose", "tensorboard_log"}


class AlgorithmFactory(ABC):
    """Builds an untrained algorithm; registered as the factory of a learned agent."""

    name: str
    """The agent's name, for messages."""
    algorithm: type[BaseAlgorithm]
    """The algorithm."""

    @property
    @abstractmethod
    def setting_defaults(self) -> dict[str, Any]:
        """Names of all settings, with the libraries' defaults."""

    @property
    def setting_names(self) -> list[str]:
        """Names of all settings."""
        return list(self.setting_defaults)

    @property
    def algorithm_defaults(self) -> dict[str, Any]:
        """The settings that the algorithm itself takes, with its defaults."""
        parameters = inspect.signature(self.algorithm.__init__).parameters
        return {
            name: parameter.default
            for name, parameter in parameters.items()
            if name not in _NOT_SETTINGS and not name.startswith("_")
        }

    def __call__(self, env: PlaylistVecEnv, seed: int, **settings: Any) -> BaseAlgorithm:
        """Builds the untrained algorithm.

        Args:
            env: The sessions in which it will train.
            seed: Seed of its weights and its exploration.
            **settings: See `setting_names`.

        Returns:
            The algorithm, on the CPU unless its settings name another device, silent.

        Raises:
            UserError: A setting is unknown or has a value that the algorithm refuses.
        """
        check_settings(self.name, settings, self.setting_names)
        try:
            return self.build(env, seed, settings)
        except UserError:
            raise
        except (TypeError, ValueError, AssertionError) as error:
            raise UserError(f"Agent {self.name!r} cannot be built from its settings: {error}") from error

    @abstractmethod
    def build(self, env: PlaylistVecEnv, seed: int, settings: dict[str, Any]) -> BaseAlgorithm:
        """Builds the algorithm from settings whose names are known; see `__call__`."""


def check_device(name: str, device: Any) -> th.device:
    """Finds the device on which an agent is to be trained.

    Args:
        name: The agent's name, for messages.
        device: torch's name of it, such as `"cpu"`, `"cuda"` or `"cuda:1"`.

    Returns:
        The device.

    Raises:
        UserError: torch knows no such device, or this machine has none.
    """
    try:
        found = th.device(device)
        usable = found.type != "meta" and th.empty(0, device=found).numel() == 0
    except (RuntimeError, TypeError, AssertionError, NotImplementedError):
        usable = False
    if not usable:
        raise UserError(
            f"Agent {name!r}: torch cannot use the device {excerpt(device)} on this machine; without the "
            "setting `device` it trains on the CPU."
        )
    return found
