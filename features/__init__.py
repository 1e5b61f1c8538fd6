"""Audio to tables: what segue knows of a track and of the step between two tracks."""

from segue.features.catalog import Catalog
from segue.features.errors import UserError, unknown_name
from segue.features.links import LINK_NAMES, UNKNOWN
from segue.features.schema import LISTENING_FEATURES, SCHEMA_VERSION
from segue.features.sources import open_catalog
from segue.features.transitions import (
    TRANSITION_NAMES,
    TRANSITION_NEUTRAL,
    roughness,
    transition_cost,
    transition_features,
)

__all__ = [
    "LINK_NAMES",
    "LISTENING_FEATURES",
    "SCHEMA_VERSION",
    "TRANSITION_NAMES",
    "TRANSITION_NEUTRAL",
    "UNKNOWN",
    "Catalog",
    "UserError",
    "open_catalog",
    "roughness",
    "transition_cost",
    "transition_features",
    "unknown_name",
]
