"""Specifications of environments that were made with a `Catalog` object."""

from __future__ import annotations

import dataclasses

from gymnasium.envs.registration import EnvSpec

from segue.features import Catalog
from segue.features.errors import UserError


class CatalogSpec(EnvSpec):
    """A specification that holds a catalogue, which has no JSON form."""

    def to_json(self) -> str:
        """Explains what to do instead."""
        raise UserError(
            f"The specification of {self.id} holds a Catalog object, which has no JSON form; save the "
            "catalogue and pass its path as `catalog`."
        )


def with_clear_json(spec: EnvSpec) -> EnvSpec:
    """Returns a specification whose `to_json` says what is wrong if it holds a catalogue."""
    if not any(isinstance(value, Catalog) for value in spec.kwargs.values()):
        return spec
    fields = {f.name: getattr(spec, f.name) for f in dataclasses.fields(spec) if f.init}
    return CatalogSpec(**fields)
