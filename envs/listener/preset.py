"""Presets: listeners defined in YAML, with their sources."""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from segue.envs.listener.checked_settings import as_mapping, checked_settings, shown
from segue.features.errors import UserError, unknown_name
from segue.features.existing_files import is_file, is_yaml
from segue.features.yaml_reader import parse_yaml, read_yaml


@dataclass(frozen=True)
class Preset:
    """A listener as defined in a file.

    Attributes:
        name: Name of the preset.
        description: One or two lines.
        sources: Publications that it is based on.
        order: Measurements of how much the order of tracks matters to it.
        reward: Name of the default reward.
        listener: Terms, bias, response and departure, as `Listener.from_config` takes them.
    """

    name: str
    description: str = ""
    sources: tuple[str, ...] = ()
    order: str = ""
    reward: str = "completion"
    listener: dict[str, Any] = field(default_factory=dict)


_METADATA = ("name", "description", "sources", "order", "reward")


def preset_names() -> list[str]:
    """Returns the names of the built-in presets."""
    folder = files("segue.envs.listener.presets")
    return sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml"))


_MOST_BASES = 10
"""Longest chain of presets that start from one another."""


def load_preset(source: str | os.PathLike[str] | dict[str, Any]) -> Preset:
    """Loads a preset by name, from a YAML file, or from a dictionary.

    A dictionary (or file) with the key `preset` starts from that preset and overrides individual settings:
    `{"preset": "full", "terms": {"transition": {"weight": 0}}}`. In a file, `preset` may name another file,
    relative to the first one.

    Raises:
        UserError: If there is no such preset or file, it is not a mapping, or it starts from itself.
    """
    return _load(source, Path(), _MOST_BASES)


def _load(source: Any, folder: Path, bases: int) -> Preset:
    """Loads a preset that is named in `folder`, and that starts from no more than `bases` others."""
    if bases == 0:
        raise UserError(
            f"The listener preset {shown(source)} starts from itself or more than {_MOST_BASES} others; "
            "change its `preset`."
        )
    if isinstance(source, str | os.PathLike):
        source = os.fsdecode(source)
        name, (config, folder) = Path(source).stem, _read(source, folder)
    elif isinstance(source, dict):
        config, name = as_mapping(copy.deepcopy(source), "A listener", "{bias: 1}"), "custom"
    else:
        raise UserError(
            "A listener is the name of a preset, a YAML file or a mapping of settings, "
            f"but is {shown(source)}."
        )
    if "preset" in config:
        base = _as_config(_load(config.pop("preset"), folder, bases - 1))
        # Measurements of the base preset need not hold for the modified one.
        base.pop("order")
        config = _merge(base, config)
    metadata = {key: config.pop(key) for key in _METADATA if key in config}
    checked = checked_settings(Preset, metadata, "listener")
    return Preset(**{"name": name, **checked}, listener=config)


def _as_config(preset: Preset) -> dict[str, Any]:
    metadata = {key: getattr(preset, key) for key in _METADATA}
    return {**metadata, **copy.deepcopy(preset.listener)}


def _merge(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in change.items():
        # The settings of the base's response do not apply to another model.
        nested = isinstance(value, dict) and isinstance(merged.get(key), dict) and "model" not in value
        merged[key] = _merge(merged[key], value) if nested else value
    return merged


def _read(source: str, folder: Path) -> tuple[dict[str, Any], Path]:
    """Reads a preset by its name or that of a file, which is looked up in `folder` first.

    Returns:
        The mapping, and the folder in which to look up the files that it names.
    """
    if source in preset_names():
        return copy.deepcopy(_built_in(source)), folder
    if not is_yaml(source):
        raise unknown_name("listener preset", source, preset_names())
    file = folder / source if is_file(folder / source) else Path(source)
    return _mapping(read_yaml(file, f"Listener preset {source!r}").data, source), file.parent


@cache
def _built_in(name: str) -> dict[str, Any]:
    text = (files("segue.envs.listener.presets") / f"{name}.yaml").read_text("utf-8")
    return _mapping(parse_yaml(text, name).data, name)


def _mapping(config: Any, source: str) -> dict[str, Any]:
    if not isinstance(config, dict):
        raise UserError(f"Listener preset {source!r} must be a mapping of settings.")
    return {key: value for key, value in config.items() if not key.startswith("x-")}
