"""Environments of one's own without code: one YAML file each."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import Any

import yaml

from segue.envs.core.setting import build_setting
from segue.envs.registration.registry import EnvironmentInfo, environment, register_playlist_env
from segue.features.errors import UserError, unknown_name

OF_THE_ENVIRONMENT = ("action", "mask_in_info")
"""Arguments that a file may give to the environment itself."""


def register_from_yaml(path: str | os.PathLike[str]) -> EnvironmentInfo:
    """Registers the environment that a YAML file describes.

    The file names an `id`, a `description` if it likes, and any construction arguments: catalog, listener
    (a preset's name, a path, or a mapping in a preset's form), reward, pool, sizes. Files that it names are
    looked for beside it first::

        id: me/Commute-v0
        description: A drive to work.
        catalog: music.parquet
        listener: {preset: full, terms: {arc: {curve: steady}}}
        length: 12

    Args:
        path: The file.

    Returns:
        What was registered.

    Raises:
        UserError: If there is no such file, or it is no such mapping.
    """
    file = Path(path)
    config = _read(file)
    if not isinstance(config.get("id"), str):
        raise UserError(f"Environment file {file}: it needs an id of the form 'namespace/Name-v0'.")
    env_id, description = config.pop("id"), str(config.pop("description", ""))
    known = [*inspect.signature(build_setting).parameters, *OF_THE_ENVIRONMENT]
    for key in config:
        if key not in known:
            raise unknown_name(f"setting in environment file {file}", str(key), known)
    settings = {key: _beside(file, value) for key, value in config.items()}
    register_playlist_env(env_id, description=description, **settings)
    return environment(env_id)


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise UserError(f"Environment file {file}: there is no such file.")
    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(
            f"Environment file {file} is not valid YAML: {' '.join(str(error).split())}."
        ) from None
    if not isinstance(config, dict):
        raise UserError(f"Environment file {file} must be a mapping of settings.")
    return config


def _beside(file: Path, value: Any) -> Any:
    """Turns the name of a file that lies beside the YAML into its path."""
    if isinstance(value, str) and Path(value).suffix and (file.parent / value).is_file():
        return str((file.parent / value).resolve())
    return value
