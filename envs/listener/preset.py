"""Presets: listeners defined in YAML, with their sources."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from segue.features.errors import UserError, excerpt, unknown_name
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


def load_preset(source: str | dict[str, Any]) -> Preset:
    """Loads a preset by name, from a YAML file, or from a dictionary.

    A dictionary (or file) with the key `preset` starts from that preset and overrides individual settings:
    `{"preset": "full", "terms": {"transition": {"weight": 0}}}`.

    Raises:
        UserError: If there is no such preset or file, it is not a mapping, or it starts from itself.
    """
    return _load(source, _MOST_BASES)


def _load(source: Any, bases: int) -> Preset:
    if bases == 0:
        raise UserError(
            f"The listener preset {excerpt(source)!r} starts from itself or more than {_MOST_BASES} others; "
            "change its `preset`."
        )
    if isinstance(source, str):
        config, name = _read(source), Path(source).stem
    elif isinstance(source, dict):
        config, name = copy.deepcopy(source), "custom"
    else:
        raise UserError(
            "A listener is the name of a preset, a YAML file or a mapping of settings, "
            f"but is {excerpt(source)}."
        )
    if "preset" in config:
        base = _as_config(_load(config.pop("preset"), bases - 1))
        # Measurements of the base preset need not hold for the modified one.
        base.pop("order")
        config = _merge(base, config)
    metadata = {key: config.pop(key) for key in _METADATA if key in config}
    metadata["sources"] = tuple(metadata.get("sources", ()))
    return Preset(**{"name": name, **metadata}, listener=config)


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


def _read(source: str) -> dict[str, Any]:
    if source in preset_names():
        return copy.deepcopy(_built_in(source))
    if not source.endswith((".yaml", ".yml")):
        raise unknown_name("listener preset", source, preset_names())
    return _mapping(read_yaml(Path(source), f"Listener preset {source!r}").data, source)


@cache
def _built_in(name: str) -> dict[str, Any]:
    text = (files("segue.envs.listener.presets") / f"{name}.yaml").read_text("utf-8")
    return _mapping(parse_yaml(text, name).data, name)


def _mapping(config: Any, source: str) -> dict[str, Any]:
    if not isinstance(config, dict):
        raise UserError(f"Listener preset {source!r} must be a mapping of settings.")
    return {key: value for key, value in config.items() if not key.startswith("x-")}
