"""Studies: their runs, statistics, figures, reports and the command line."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segue.experiments.execution.jobs import ExecutionConfig
    from segue.experiments.fitting.fit import fit_listener
    from segue.experiments.pipeline import compare, report
    from segue.experiments.playlists.check import check_playlist
    from segue.experiments.playlists.make_playlist import make_playlist, make_variants
    from segue.experiments.playlists.playlist import Playlist
    from segue.experiments.playlists.request import PlaylistRequest
    from segue.experiments.runs.evaluate import evaluate
    from segue.experiments.study.built_in import built_in_studies
    from segue.experiments.study.config import StudyConfig
    from segue.experiments.study.folder import StudyFolder
    from segue.experiments.study.loader import StudyFile, load_study
    from segue.experiments.study.results import Results

__all__ = [
    "ExecutionConfig",
    "Playlist",
    "PlaylistRequest",
    "Results",
    "StudyConfig",
    "StudyFile",
    "StudyFolder",
    "built_in_studies",
    "check_playlist",
    "compare",
    "evaluate",
    "fit_listener",
    "load_study",
    "make_playlist",
    "make_variants",
    "report",
]

# Imported on first use: pandas takes a second that `segue --help` need not wait for.
_MODULES = {
    "ExecutionConfig": "execution.jobs",
    "Playlist": "playlists.playlist",
    "PlaylistRequest": "playlists.request",
    "Results": "study.results",
    "StudyConfig": "study.config",
    "StudyFile": "study.loader",
    "StudyFolder": "study.folder",
    "built_in_studies": "study.built_in",
    "check_playlist": "playlists.check",
    "compare": "pipeline",
    "evaluate": "runs.evaluate",
    "fit_listener": "fitting.fit",
    "load_study": "study.loader",
    "make_playlist": "playlists.make_playlist",
    "make_variants": "playlists.make_playlist",
    "report": "pipeline",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
