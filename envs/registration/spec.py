"""Specifications of environments that were made with objects, such as a `Catalog`."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pandas as pd
from gymnasium.envs.registration import EnvSpec

from segue.features import Catalog
from segue.features.errors import UserError


class ObjectSpec(EnvSpec):
    """A specification with arguments that have no JSON form."""

    def __eq__(self, other: object) -> bool:
        """Compares all fields; tables are equal if their contents are."""
        if not isinstance(other, ObjectSpec):
            return NotImplemented
        names = [field.name for field in dataclasses.fields(self)]
        return all(_equal(getattr(self, name), getattr(other, name)) for name in names)

    def to_json(self) -> str:
        """Explains what to do instead."""
        objects = {name: value for name, value in self.kwargs.items() if not _has_json(value)}
        given = ", ".join(f"{name} ({type(value).__name__})" for name, value in objects.items())
        tables = any(isinstance(value, Catalog | pd.DataFrame) for value in objects.values())
        fix = "save the catalogue and pass its path" if tables else "pass text, or numbers of Python"
        raise UserError(f"The specification of {self.id} has no JSON form because of {given}; {fix}.")


def with_clear_json(spec: EnvSpec) -> EnvSpec:
    """Returns a specification whose `to_json` says what is wrong if an argument has no JSON form."""
    if all(map(_has_json, spec.kwargs.values())):
        return spec
    fields = {f.name: getattr(spec, f.name) for f in dataclasses.fields(spec) if f.init}
    return ObjectSpec(**fields)


class ClearSpec:
    """An environment whose `spec` says what is wrong if an argument has no JSON form."""

    _spec: EnvSpec | None = None

    @property
    def spec(self) -> EnvSpec | None:
        """The specification with which the environment was made."""
        return self._spec

    @spec.setter
    def spec(self, spec: EnvSpec | None) -> None:
        self._spec = None if spec is None else with_clear_json(spec)


def _has_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    if isinstance(one, pd.DataFrame) or isinstance(other, pd.DataFrame):
        return isinstance(one, pd.DataFrame) and one.equals(other)
    return bool(one == other)
