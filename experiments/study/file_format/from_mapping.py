"""Studies given as dictionaries: their YAML text, as a file would hold it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from segue.features.errors import UserError

WHERE = Path("the study")
"""Stands in messages in place of the file."""


class _Dumper(yaml.SafeDumper):
    """Quotes text that any version of YAML might read as a number."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    quoted = text[:1] in "0123456789+-."
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if quoted else None)


_Dumper.add_representer(str, _represent_text)


def study_text(study: Mapping[str, Any]) -> str:
    """Writes a study as YAML.

    Args:
        study: The keys of a study file.

    Raises:
        UserError: A value is neither text nor a number, truth value, list or mapping of these.
    """
    try:
        plain = _plain(study, "the study")
    except RecursionError:
        raise UserError("The study contains itself; write its values out.") from None
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _plain(value: Any, place: str) -> Any:
    """Returns a value in the types that YAML has."""
    if isinstance(value, Mapping):
        return {_plain(key, place): _plain(part, f"`{key}`") for key, part in value.items()}
    if isinstance(value, list | tuple | range):
        return [_plain(part, place) for part in value]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    raise UserError(
        f"{place[:1].upper()}{place[1:]} holds an object of type {type(value).__name__}, which no study file "
        "can hold; register it, and give its name."
    )
