"""Reads the YAML file of a study and reports errors with their key and line."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from segue.experiments.study.built_in import find_study
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.file_format.from_mapping import WHERE, study_text
from segue.experiments.study.file_format.messages import explain
from segue.experiments.study.file_format.paths import places, set_value, start_from_listener
from segue.experiments.study.variants import VaryError, expand
from segue.features.errors import UserError, excerpt
from segue.features.existing_files import readable
from segue.features.yaml_reader import dump_yaml, parse_yaml, read_text

Place = tuple[str | int, ...]
"""Position of a value in the file: keys and list positions from the top."""
_MOST_ERRORS = 20
"""Errors that are reported at once."""
_MOST_EXPLAINED = 200
"""Errors whose sentences are built; a file of another kind may have thousands of unknown keys."""


@dataclass(frozen=True)
class StudyFile:
    """A study as written and as parsed.

    Attributes:
        path: The file.
        text: Its text, to be stored with the results.
        config: The validated study, with its variants expanded.
        root: The YAML nodes, which record their lines.
        origins: For `environments` and `agents`, the position in the file of each entry of `config`.
    """

    path: Path
    text: str
    config: StudyConfig
    root: yaml.Node | None
    origins: dict[str, list[int]]

    def __repr__(self) -> str:
        return f"StudyFile({self.config.name!r}, {str(self.path)!r})"

    def error(self, place: Place, message: str) -> UserError:
        """Builds the error for a wrong value in this file."""
        place = _in_file(place, self.origins)
        return UserError(f"{self.path}, line {_line(self.root, place)}, {_dotted(place)}: {message}")


def load_study(study: str | Path | Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> StudyFile:
    """Reads and validates a study.

    Args:
        study: A YAML file with the fields of `StudyConfig`, the name of a built-in study, or a dictionary
            with these fields.
        changes: Values by their dotted paths, such as `{"training.steps": 1000}`, which replace those of the
            file; see `segue.experiments.study.file_format.paths`.

    Returns:
        The validated study, with its text and its line numbers.

    Raises:
        UserError: There is no such study, or the file is not YAML or has an unknown key or a wrong value.
    """
    if isinstance(study, Mapping):
        return parse_study(study_text(study), WHERE, changes)
    path = find_study(study)
    return parse_study(read_text(path, f"The study file {path}"), path, changes)


def parse_study(text: str, path: Path, changes: Mapping[str, Any] | None = None) -> StudyFile:
    """Validates the text of a study file; `path` is only for the errors. See `load_study`."""
    document = parse_yaml(text, str(path))
    root = document.root
    origins: dict[str, list[int]] = {}
    if not isinstance(document.data, dict):
        raise UserError(f"{path}, line 1: a study is a mapping of keys to values, starting with `name:`.")
    # Anchors for the rest of the file can stand under keys that mean nothing.
    data = {key: value for key, value in document.data.items() if not key.startswith("x-")}
    if changes:
        data = _changed(data, changes)
        text = f"# {readable(path.name)}, changed by --set\n{dump_yaml(data)}"
    try:
        data, origins = expand(data)
        config = StudyConfig.model_validate(data)
    except VaryError as error:
        line = _line(root, error.place)
        reason = str(error).removesuffix(".")
        raise UserError(f"{path}, line {line}, {_dotted(error.place)}: {reason}.") from None
    except ValidationError as error:
        raise UserError(_sentences(error, root, path, origins)) from None
    return StudyFile(path, text, config, root, origins)


def _changed(data: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a study with other values at some paths."""
    data = copy.deepcopy(data)
    for path, value in changes.items():
        kind, _, rest = path.partition(".")
        name, _, below = rest.partition(".")
        entries = data.get(kind)
        if kind == "environments" and below and isinstance(entries, list):
            for place in places(entries, name, path):
                start_from_listener(entries[place], below)
        set_value(data, path, value)
    return data


def _in_file(place: Place, origins: dict[str, list[int]]) -> Place:
    """Converts a position among the expanded variants to the position in the file."""
    match place:
        case (str(kind), int(index), *rest) if kind in origins:
            return (kind, origins[kind][index], *rest)
    return place


def _sentences(
    error: ValidationError, root: yaml.Node | None, path: Path, origins: dict[str, list[int]]
) -> str:
    """Joins all validation errors, one per line, in the order of the file; those of variants only once."""
    found: set[tuple[int, str]] = set()
    details = error.errors(include_url=False)
    for detail in details[:_MOST_EXPLAINED]:
        context = detail.get("ctx", {})
        place = _in_file(tuple(context.get("at", detail["loc"])), origins)
        line = _line(root, place)
        found.add((line, f"{path}, line {line}, {_dotted(place)}: {explain(detail, place)}"))
    sentences = [sentence for _, sentence in sorted(found)]
    more = len(sentences) - _MOST_ERRORS + max(0, len(details) - _MOST_EXPLAINED)
    return "\n".join([*sentences[:_MOST_ERRORS], *([f"… and {more} more"] if more > 0 else [])])


def _line(root: yaml.Node | None, place: Place) -> int:
    """Returns the line of the deepest part of a position that exists in the file, counted from 1."""
    node, line = root, root.start_mark.line if root else 0
    for key in place:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in _pairs(node) if k.value == key), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            line = node.start_mark.line
        else:
            break
    return line + 1


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """Yields keys and values of a mapping, those that `<<` merges into it last."""
    merges: list[yaml.Node] = []
    for key, value in node.value:
        if key.value == "<<":
            merges += value.value if isinstance(value, yaml.SequenceNode) else [value]
        else:
            yield key, value
    for merge in merges:
        if isinstance(merge, yaml.MappingNode):
            yield from _pairs(merge)


def _dotted(place: Place) -> str:
    """Formats a position as `agents[2].steps`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{excerpt(key)}" for key in place)
    return text.removeprefix(".") or "the study"
