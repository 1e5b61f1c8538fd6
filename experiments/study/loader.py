"""Reads the YAML file of a study and reports errors with their key and line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from segue.experiments.study.built_in import find_study
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.from_mapping import WHERE, study_text
from segue.experiments.study.variants import VaryError, expand
from segue.features.errors import UserError
from segue.features.renamed import new_name

Place = tuple[str | int, ...]
"""Position of a value in the file: keys and list positions from the top."""


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


def load_study(study: str | Path | Mapping[str, Any]) -> StudyFile:
    """Reads and validates a study.

    Args:
        study: A YAML file with the fields of `StudyConfig`, the name of a built-in study, or a dictionary
            with these fields.

    Returns:
        The validated study, with its text and its line numbers.

    Raises:
        UserError: There is no such study, or the file is not YAML or has an unknown key or a wrong value.
    """
    if isinstance(study, Mapping):
        return parse_study(study_text(study), WHERE)
    path = find_study(study)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"Cannot read the study file {path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UserError(f"The study file {path} is not UTF-8 text.") from None
    return parse_study(text, path)


def parse_study(text: str, path: Path) -> StudyFile:
    """Validates the text of a study file; `path` is only for the errors. See `load_study`."""
    try:
        root = yaml.compose(text, yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{path}, line {line}: this is not YAML ({error.problem}).") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not YAML: {error}") from None
    if not isinstance(data, dict):
        raise UserError(f"{path}, line 1: a study is a mapping of keys to values, starting with `name:`.")
    _refuse_repeated_keys(root, path)
    try:
        data, origins = expand(data)
        config = StudyConfig.model_validate(data)
    except VaryError as error:
        line = _line(root, error.place)
        raise UserError(f"{path}, line {line}, {_dotted(error.place)}: {error}.") from None
    except ValidationError as error:
        raise UserError(_sentences(error, root, path, origins)) from None
    return StudyFile(path, text, config, root, origins)


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
    for detail in error.errors(include_url=False):
        context = detail.get("ctx", {})
        place = _in_file(tuple(context.get("at", detail["loc"])), origins)
        line = _line(root, place)
        found.add((line, f"{path}, line {line}, {_dotted(place)}: {_explain(detail['type'], detail, place)}"))
    return "\n".join(sentence for _, sentence in sorted(found))


def _explain(kind: str, detail: Any, place: Place) -> str:
    """Converts one validation error to a sentence that says what is wrong and how to fix it."""
    if kind == "extra_forbidden":
        known = list(_model_at(place[:-1]).model_fields)
        if (renamed := new_name(str(place[-1]))) in known:
            return f"`{place[-1]}` is called `{renamed}` since version 0.2."
        near = difflib.get_close_matches(str(place[-1]), known, n=1, cutoff=0.5)
        hint = f"did you mean `{near[0]}`?" if near else f"expected one of: {', '.join(known)}."
        return f"unknown key `{place[-1]}`; {hint}"
    if kind == "missing":
        return "this key is missing."
    message = str(detail["msg"]).removeprefix("Value error, ")
    given = detail["input"]
    shown = "" if isinstance(given, dict | list | BaseModel) else f" (it is {given!r})"
    return message[:1].lower() + message[1:] + shown


def _model_at(place: Place) -> type[BaseModel]:
    """Returns the section class at a position in the file."""
    model: type[BaseModel] = StudyConfig
    for key in place:
        if isinstance(key, str) and key in model.model_fields:
            annotation = model.model_fields[key].annotation
            sections = [
                t
                for t in (annotation, *get_args(annotation))
                if isinstance(t, type) and issubclass(t, BaseModel)
            ]
            model = sections[0] if sections else model
    return model


def _line(root: yaml.Node | None, place: Place) -> int:
    """Returns the line of the deepest part of a position that exists in the file, counted from 1."""
    node, line = root, root.start_mark.line if root else 0
    for key in place:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == key), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            line = node.start_mark.line
        else:
            break
    return line + 1


def _dotted(place: Place) -> str:
    """Formats a position as `agents[2].steps`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)
    return text.removeprefix(".") or "the study"


def _refuse_repeated_keys(node: yaml.Node | None, path: Path) -> None:
    """Refuses duplicate keys, of which YAML silently keeps the last."""
    children: Iterable[yaml.Node] = ()
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise UserError(
                    f"{path}, line {key.start_mark.line + 1}: the key `{key.value}` occurs twice; remove one."
                )
            seen.add(key.value)
        children = [value for _, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        children = node.value
    for child in children:
        _refuse_repeated_keys(child, path)
