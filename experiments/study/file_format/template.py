"""A commented study file to start from, generated from the sections so that it names every key."""

from __future__ import annotations

import textwrap
from typing import Any

import yaml
from pydantic import BaseModel

from segue.experiments.study.config import StudyConfig
from segue.experiments.study.file_format.entries import AgentConfig, EnvironmentConfig
from segue.experiments.study.file_format.protocol import EvaluationConfig, TrainingConfig
from segue.experiments.study.file_format.sections import written_keys
from segue.experiments.study.file_format.table_config import TableConfig

_WIDTH = 100
_HEAD = """\
# A study: which environments, which agents, how they are trained, and on what they are compared.
# Keys behind `#` have the value that stands there; remove the `#` to change it.
# Check and run it: segue compare {file} --out runs/study

# Keys that begin with `x-` mean nothing; they are a place for YAML anchors:
# x-sizes: &sizes {{pool_size: 50, length: 30}}
"""
_EXAMPLES: dict[tuple[type[BaseModel], str], Any] = {
    (StudyConfig, "name"): "My study",
    (StudyConfig, "description"): "Do learned agents beat the baselines on my music?",
    (EnvironmentConfig, "id"): "segue/Playlist-v0",
    (EnvironmentConfig, "settings"): {"catalog": "demo", "pool_size": 50, "length": 30},
    (TrainingConfig, "split"): "train",
    (TrainingConfig, "steps"): 60_000,
    (EvaluationConfig, "split"): "test",
}
"""Values that the template sets; all other keys are commented out."""
_COMMENTED: dict[tuple[type[BaseModel], str], Any] = {
    (EnvironmentConfig, "label"): "my music",
    (EnvironmentConfig, "vary"): {"settings.pool_size": [20, 50]},
    (AgentConfig, "label"): "ppo",
    (AgentConfig, "settings"): {"learning_rate": 0.001},
    (AgentConfig, "vary"): {"settings.gamma": [0.9, 0.99]},
    (TableConfig, "title"): "Normalised score",
}
"""Values behind `#` where the default would show nothing."""


def study_template(file: str = "study.yaml") -> str:
    """Returns the text of a study that can be run as it is.

    Args:
        file: Name of the file, for the comment at its top.
    """
    parts = [_HEAD.format(file=file)]
    for key in StudyConfig.model_fields:
        if key == "environments":
            parts.append(_entry_list(key, EnvironmentConfig, required=("id", "settings")))
        elif key == "agents":
            parts.append(_agents(key))
        elif key in ("training", "evaluation"):
            parts.append(_section(key, TrainingConfig if key == "training" else EvaluationConfig))
        elif key == "tables":
            parts.append(_commented(_entry_list(key, TableConfig, required=("title",))))
        else:
            parts.append(_key(StudyConfig, key))
    return "\n".join(parts)


def _key(model: type[BaseModel], key: str, indent: str = "") -> str:
    """Writes one key with its description, behind `#` unless the template sets it."""
    comment = _comment(model.model_fields[key].description or "", indent)
    if (model, key) in _EXAMPLES:
        return f"{comment}{indent}{_line(key, _EXAMPLES[model, key])}\n"
    field = model.model_fields[key]
    value = _COMMENTED.get((model, key), None if field.is_required() else field.default)
    return f"{comment}{indent}# {_line(key, value)}\n"


def _section(key: str, model: type[BaseModel]) -> str:
    """Writes a section of keys."""
    keys = "".join(_key(model, name, "  ") for name in model.model_fields)
    return f"{_described(key)}{key}:\n{keys}"


def _entry_list(key: str, model: type[BaseModel], required: tuple[str, ...]) -> str:
    """Writes a list with one entry, the keys of `required` first."""
    first, *others = [*required, *(name for name in written_keys(model) if name not in required)]
    value = _EXAMPLES.get((model, first), _COMMENTED.get((model, first)))
    head = f"{_comment(model.model_fields[first].description or '', '  ')}  - {_line(first, value)}\n"
    rest = "".join(_key(model, name, "    ") for name in others)
    return f"{_described(key)}{key}:\n{head}{rest}"


def _agents(key: str) -> str:
    """Writes the list of agents, the keys of an entry at one of them."""
    keys = (name for name in written_keys(AgentConfig) if name != "name")
    rest = "".join(_key(AgentConfig, name, "    ") for name in keys)
    names = _comment(AgentConfig.model_fields["name"].description or "", "  ")
    return (
        f"{_described(key)}{key}:\n{names}  - name: random\n  - name: smooth\n  - name: content\n"
        f"  - name: maskable-ppo\n{rest}  - name: greedy-oracle\n"
    )


def _described(key: str) -> str:
    return _comment(StudyConfig.model_fields[key].description or "", "")


def _comment(text: str, indent: str) -> str:
    """Writes a description as comments."""
    start = f"{indent}# "
    return textwrap.fill(text, _WIDTH, initial_indent=start, subsequent_indent=start) + "\n"


def _commented(text: str) -> str:
    """Puts the lines of a part behind `#`."""
    return "".join(line if line.startswith("#") else f"# {line}" for line in text.splitlines(keepends=True))


def _line(key: str, value: Any) -> str:
    """Writes a key and its value in one line."""
    written = yaml.safe_dump(
        value, default_flow_style=True, width=10_000, allow_unicode=True, sort_keys=False
    )
    return f"{key}: {written.removesuffix('...' + chr(10)).strip()}"
