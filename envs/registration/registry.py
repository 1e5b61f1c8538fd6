"""The registry of playlist environments: ids, descriptions and construction arguments."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym

from segue.features.errors import UserError, excerpt, unknown_name

_TABLE: dict[str, EnvironmentInfo] = {}


@dataclass(frozen=True)
class EnvironmentInfo:
    """A registered playlist environment.

    Attributes:
        id: Gymnasium id, such as `"segue/Playlist-v0"`.
        description: One line.
        settings: Its construction arguments.
    """

    id: str
    description: str
    settings: dict[str, Any] = field(default_factory=dict)


def register_playlist_env(id: str, *, description: str = "", **settings: Any) -> None:
    """Registers an environment with Gymnasium, scalar and vector; an existing id is replaced.

    Args:
        id: `"namespace/Name-v0"`.
        description: One line for `segue envs`.
        **settings: Construction arguments, all JSON; see `PlaylistEnv` and `segue.envs.core.setting`.

    Raises:
        UserError: If the id is malformed or a setting is not JSON.
    """
    try:
        namespace, _, version = gym.envs.registration.parse_env_id(id)
    except gym.error.Error:
        namespace, version = None, None
    if namespace is None or version is None:
        raise UserError(f"Environment id {excerpt(id)!r} is not of the form 'namespace/Name-v0'.")
    try:
        settings = json.loads(json.dumps(settings))
    except TypeError as error:
        raise UserError(f"Environment {id!r}: settings must be JSON ({error}).") from None
    gym.registry.pop(id, None)
    gym.register(
        id,
        entry_point="segue.envs.playlist:PlaylistEnv",
        vector_entry_point="segue.envs.vector:PlaylistVectorEnv",
        kwargs=settings,
    )
    _TABLE[id] = EnvironmentInfo(id, description, settings)


def environments() -> dict[str, EnvironmentInfo]:
    """Returns the registered playlist environments by id."""
    return dict(_TABLE)


def environment(id: str) -> EnvironmentInfo:
    """Finds a registered playlist environment.

    Args:
        id: Its id; `"module:id"` imports the module first, as `gymnasium.make` does, so that it can register
            custom environments.

    Raises:
        UserError: If there is no such environment or module.
    """
    module, colon, name = id.rpartition(":")
    if colon:
        import importlib

        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            raise UserError(
                f"Environment {id!r}: no module named {error.name!r}; check the part before the colon."
            ) from None
        except Exception as error:  # whatever the module does while it is imported
            reason = excerpt(f"{type(error).__name__}: {error}")
            raise UserError(
                f"Environment {excerpt(id)!r}: its module fails at import ({reason}); fix it."
            ) from error
    if name not in _TABLE:
        raise unknown_name("environment", name, _TABLE)
    return _TABLE[name]
