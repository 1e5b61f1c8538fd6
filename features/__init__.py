"""Audio to tables: what segue knows about tracks and about the transitions between them.

Names are imported on first use, so `import segue.features` loads neither the audio libraries nor pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segue.features.audio.decoders import AudioError
    from segue.features.catalog.boundary_features import BOUNDARY_FEATURES, UNKNOWN
    from segue.features.catalog.catalog import Catalog
    from segue.features.catalog.open_catalog import open_catalog
    from segue.features.catalog.transitions import (
        TRANSITION_NAMES,
        TRANSITION_NEUTRAL,
        transition_cost,
        transition_distance,
        transition_features,
    )
    from segue.features.columns import Column
    from segue.features.errors import UserError, unknown_name
    from segue.features.extraction.extract import extract_folder
    from segue.features.extraction.processes.worker import Limits
    from segue.features.extraction.report import ExtractionReport
    from segue.features.extraction.track import Track, analyse_track
    from segue.features.loaders.convert import Conversion, convert_catalog
    from segue.features.schema import LISTENING_FEATURES, SCHEMA_VERSION, column
    from segue.features.similarity.divergence import timbre_divergence
    from segue.features.similarity.duplicates import near_duplicates
    from segue.features.similarity.neighbours import nearest_tracks
    from segue.features.similarity.silhouette import cluster_by_silhouette

__all__ = [
    "BOUNDARY_FEATURES",
    "LISTENING_FEATURES",
    "SCHEMA_VERSION",
    "TRANSITION_NAMES",
    "TRANSITION_NEUTRAL",
    "UNKNOWN",
    "AudioError",
    "Catalog",
    "Column",
    "Conversion",
    "ExtractionReport",
    "Limits",
    "Track",
    "UserError",
    "analyse_track",
    "cluster_by_silhouette",
    "column",
    "convert_catalog",
    "extract_folder",
    "near_duplicates",
    "nearest_tracks",
    "open_catalog",
    "timbre_divergence",
    "transition_cost",
    "transition_distance",
    "transition_features",
    "unknown_name",
]

_MODULES = {
    "audio.decoders": ("AudioError",),
    "catalog.boundary_features": ("BOUNDARY_FEATURES", "UNKNOWN"),
    "catalog.catalog": ("Catalog",),
    "catalog.open_catalog": ("open_catalog",),
    "catalog.transitions": (
        "TRANSITION_NAMES",
        "TRANSITION_NEUTRAL",
        "transition_cost",
        "transition_distance",
        "transition_features",
    ),
    "columns": ("Column",),
    "errors": ("UserError", "unknown_name"),
    "extraction.extract": ("extract_folder",),
    "extraction.processes.worker": ("Limits",),
    "extraction.report": ("ExtractionReport",),
    "extraction.track": ("Track", "analyse_track"),
    "loaders.convert": ("Conversion", "convert_catalog"),
    "schema": ("LISTENING_FEATURES", "SCHEMA_VERSION", "column"),
    "similarity.divergence": ("timbre_divergence",),
    "similarity.duplicates": ("near_duplicates",),
    "similarity.neighbours": ("nearest_tracks",),
    "similarity.silhouette": ("cluster_by_silhouette",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
