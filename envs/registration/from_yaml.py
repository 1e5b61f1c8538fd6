"""Custom environments without code: one YAML file per environment."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import Any

import yaml

from segue.envs.core.setting import build_setting
from segue.envs.registration.registry import EnvironmentInfo, environment, register_playlist_env
from segue.features.errors import UserError, unknown_name

ENVIRONMENT_ARGUMENTS = ("action", "mask_in_info", "observation")
"""Arguments of the environment itself, allowed beside those of the setting."""


def register_from_yaml(path: str | os.PathLike[str]) -> EnvironmentInfo:
    """Registers the environment that a YAML file describes.

    The file contains an `id`, optionally a `description`, and any construction arguments: catalog, listener
    (a preset's name, a path, or a mapping in a preset's form), reward, pool, sizes. File names are first
    resolved relative to the YAML file::

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
    file = Path(path)
    config = _read(file)
    if not isinstance(config.get("id"), str):
        raise UserError(f"Environment file {file}: needs an id of the form 'namespace/Name-v0'.")
    env_id, description = config.pop("id"), str(config.pop("description", ""))
    allowed = [*inspect.signature(build_setting).parameters, *ENVIRONMENT_ARGUMENTS]
    for key in config:
        if key not in allowed:
            raise unknown_name(f"setting in environment file {file}", str(key), allowed)
    settings = {key: _resolve_path(file, value) for key, value in config.items()}
    register_playlist_env(env_id, description=description, **settings)
    return environment(env_id)


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise UserError(f"Environment file {file}: no such file; check the path.")
    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(
            f"Environment file {file} is not valid YAML: {' '.join(str(error).split())}."
        ) from None
    if not isinstance(config, dict):
        raise UserError(f"Environment file {file} must be a mapping of settings.")
    return config


def _resolve_path(file: Path, value: Any) -> Any:
    """Resolves the name of a file next to the YAML file; returns any other value unchanged."""
    if isinstance(value, str) and Path(value).suffix and (file.parent / value).is_file():
        return str((file.parent / value).resolve())
    return value
