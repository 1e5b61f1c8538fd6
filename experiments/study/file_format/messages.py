"""Says what is wrong with a value of a study file, in the words of its writer."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, get_args

from pydantic import BaseModel

from segue.experiments.study.config import StudyConfig
from segue.experiments.study.file_format.sections import written_keys
from segue.features.errors import excerpt
from segue.features.renamed import new_name

_MESSAGES: dict[str, Callable[[dict[str, Any]], str]] = {
    "model_type": lambda _: "must be a mapping of keys to values",
    "dict_type": lambda _: "must be a mapping of keys to values",
    "list_type": lambda _: "must be a list",
    "too_short": lambda limit: (
        f"needs {limit['min_length']} or more entries, but has {limit['actual_length']}"
    ),
    "too_long": lambda limit: f"may have at most {limit['max_length']:,} entries",
    "string_type": lambda _: "must be text",
    "string_too_short": lambda _: "must not be empty",
    "string_too_long": lambda limit: f"may have at most {limit['max_length']:,} characters",
    "int_type": lambda _: "must be a whole number",
    "int_parsing": lambda _: "must be a whole number",
    "int_parsing_size": lambda _: "must be a whole number",
    "int_from_float": lambda _: "must be a whole number",
    "finite_number": lambda _: "must be a whole number",
    "bool_type": lambda _: "must be true or false",
    "literal_error": lambda choices: f"must be {choices['expected']}",
    "greater_than_equal": lambda limit: f"must be at least {limit['ge']:,}",
    "less_than_equal": lambda limit: f"must be at most {limit['le']:,}",
    "less_than": lambda limit: f"must be less than {limit['lt']:,}",
}
"""Our words for the kinds of errors of pydantic that the fields of a study can have."""
_HINTS = {
    ("model_type", "agents"): ", such as {name: random}",
    ("model_type", "environments"): ", such as {id: segue/Playlist-v0}",
    ("list_type", "training", "seeds"): " or a number",
    ("list_type", "agents", "seeds"): " or a number",
    ("dict_type", "agents", "settings"): ", such as {learning_rate: 0.001}",
    ("dict_type", "environments", "settings"): ", such as {pool_size: 50}",
}
"""What is added to the words for some keys."""


def explain(detail: Any, place: tuple[str | int, ...]) -> str:
    """Converts one validation error to a sentence that says what is wrong and how to fix it.

    Args:
        detail: The error, as pydantic lists it.
        place: Keys and list positions that lead to the value.
    """
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(str(place[-1]), written_keys(_model_at(place[:-1])))
    if kind == "missing":
        return "this key is missing."
    message, given = str(detail["msg"]).removeprefix("Value error, "), detail["input"]
    if kind in _MESSAGES:
        message = _MESSAGES[kind](detail.get("ctx", {})) + _HINTS.get((kind, *_keys(place)), "")
    if kind == "string_type" and isinstance(given, int | float):
        message += "; put it in quotes"
    shown = "" if isinstance(given, dict | list | BaseModel) else f" (it is {excerpt(_written(given))})"
    return message[:1].lower() + message[1:] + shown


def _keys(place: tuple[str | int, ...]) -> list[str]:
    """Returns the keys of a position, without list positions."""
    return [key for key in place if isinstance(key, str)]


def _written(value: Any) -> str:
    """Writes a value as YAML does."""
    if value is None or isinstance(value, bool):
        return {None: "empty", True: "true", False: "false"}[value]
    return repr(value)


def _unknown_key(key: str, known: list[str]) -> str:
    """Returns the sentence for a key that a section does not have."""
    if (renamed := new_name(key)) in known:
        return f"`{key}` is called `{renamed}` since version 0.2."
    near = difflib.get_close_matches(key[:100], known, n=1, cutoff=0.5)
    hint = f"did you mean `{near[0]}`?" if near else f"expected one of: {', '.join(known)}."
    return f"unknown key `{excerpt(key)}`; {hint}"


def _model_at(place: tuple[str | int, ...]) -> type[BaseModel]:
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
