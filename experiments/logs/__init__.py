"""Listening logs: one table of plays, whatever program wrote them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segue.experiments.logs.convert import LogConversion, convert_logs
    from segue.experiments.logs.matching.plays import Matching, match_plays
    from segue.experiments.logs.matching.tracks import match_tracks
    from segue.experiments.logs.plays import iterate_plays, read_plays, write_plays
    from segue.experiments.logs.summary import LogSummary, summarise

__all__ = [
    "LogConversion",
    "LogSummary",
    "Matching",
    "convert_logs",
    "iterate_plays",
    "match_plays",
    "match_tracks",
    "read_plays",
    "summarise",
    "write_plays",
]

# Imported on first use: the readers of logs are not needed where plays are only read.
_MODULES = {
    "LogConversion": "convert",
    "LogSummary": "summary",
    "Matching": "matching.plays",
    "convert_logs": "convert",
    "iterate_plays": "plays",
    "match_plays": "matching.plays",
    "match_tracks": "matching.tracks",
    "read_plays": "plays",
    "summarise": "summary",
    "write_plays": "plays",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
