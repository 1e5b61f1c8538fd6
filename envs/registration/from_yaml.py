"""Custom environments without code: one YAML file per environment."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from segue.envs.core.setting import build_setting
from segue.envs.registration.registry import EnvironmentInfo, environment, register_playlist_env
from segue.features.errors import UserError, unknown_name
from segue.features.existing_files import next_to
from segue.features.yaml_reader import read_yaml

ENVIRONMENT_ARGUMENTS = ("action", "mask_in_info", "observation", "observe_durations")
"""Arguments of the environment itself, allowed beside those of the setting."""


def register_from_yaml(path: str | os.PathLike[str]) -> EnvironmentInfo:
    """Registers the environment that a YAML file describes.

    The file contains an `id`, optionally a `description`, and any construction arguments: catalog, listener
    (a preset's name, a path, or a mapping in a preset's form), reward, pool, sizes. Keys that begin with `x-`
    are for anchors. File names are first resolved relative to the YAML file::

        id: me/Commute-v0
        description: A drive to work.
        catalog: music.parquet
        listener: {preset: full, terms: {energy_arc: {curve: steady}}}
        length: 12

    Args:
        path: The YAML file.

    Returns:
        The registered environment.

    Raises:
        UserError: If the file does not exist or is not such a mapping.
    """
    found = read_environment(path)
    register_playlist_env(found.id, description=found.description, **found.settings)
    return environment(found.id)


def read_environment(path: str | os.PathLike[str]) -> EnvironmentInfo:
    """Reads the environment that a YAML file describes, without registering it.

    Raises:
        UserError: See `register_from_yaml`.
    """
    file = Path(path)
    config = read_yaml(file, f"Environment file {file}").data
    if not isinstance(config, dict):
        raise UserError(f"Environment file {file} must be a mapping of settings.")
    if not isinstance(config.get("id"), str):
        raise UserError(f"Environment file {file}: needs an id of the form 'namespace/Name-v0'.")
    env_id, description = config.pop("id"), str(config.pop("description", ""))
    settings = {key: value for key, value in config.items() if not key.startswith("x-")}
    settings = find_files(settings, partial(next_to, file.parent))
    allowed = [*inspect.signature(build_setting).parameters, *ENVIRONMENT_ARGUMENTS]
    for key in settings:
        if key not in allowed:
            raise unknown_name(f"setting in environment file {file}", key, allowed)
    return EnvironmentInfo(env_id, description, settings)


def find_files(settings: Mapping[str, Any], find: Callable[[Any], Any]) -> dict[str, Any]:
    """Completes the names of files in the settings of an environment, and in the mapping of its listener.

    Args:
        settings: The settings.
        find: Returns the path of the file that a value names, and any other value unchanged.
    """
    found = {key: find(value) for key, value in settings.items()}
    if "listener" in found:
        found["listener"] = _find_preset(found["listener"], find)
    return found


def _find_preset(listener: Any, find: Callable[[Any], Any]) -> Any:
    """Completes the name of the preset that a listener starts from."""
    if isinstance(listener, dict) and "preset" in listener:
        return {**listener, "preset": _find_preset(listener["preset"], find)}
    return find(listener)
