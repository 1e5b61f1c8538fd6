"""Audio to tables: what segue knows of a track and of the step between two tracks."""

from segue.features.catalog.boundary_features import BOUNDARY_FEATURES, UNKNOWN
from segue.features.catalog.catalog import Catalog
from segue.features.catalog.open import open_catalog
from segue.features.catalog.transitions import (
    TRANSITION_NAMES,
    TRANSITION_NEUTRAL,
    transition_cost,
    transition_distance,
    transition_features,
)
from segue.features.errors import UserError, unknown_name
from segue.features.schema import LISTENING_FEATURES, SCHEMA_VERSION

__all__ = [
    "BOUNDARY_FEATURES",
    "LISTENING_FEATURES",
    "SCHEMA_VERSION",
    "TRANSITION_NAMES",
    "TRANSITION_NEUTRAL",
    "UNKNOWN",
    "Catalog",
    "UserError",
    "open_catalog",
    "transition_cost",
    "transition_distance",
    "transition_features",
    "unknown_name",
]
