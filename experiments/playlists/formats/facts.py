"""What playlist files state of the tracks of a playlist."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segue.experiments.playlists.playlist import Playlist
from segue.features.catalog.transitions import camelot_number

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML and players do not allow in text."""


@dataclass(frozen=True)
class TrackFacts:
    """A track of a playlist.

    Attributes:
        number: Its position, from 1.
        row: Its row of `Playlist.tracks`.
        start: Start within the set in s.
        reason: Sentence about the transition into it, `""` for the first track.
    """

    number: int
    row: pd.Series
    start: float
    reason: str

    def text(self, name: str) -> str:
        """Returns a column as one line of text, `""` where it is missing."""
        return one_line(self.row.get(name))

    def value(self, name: str) -> float:
        """Returns a column as a number, NaN where it is missing."""
        return number(self.row.get(name))

    @property
    def camelot(self) -> str:
        """Camelot code of its key, `""` if unknown."""
        key, mode = self.value("key"), self.value("mode")
        if math.isnan(key + mode):
            return self.text("camelot")
        return f"{int(camelot_number(np.array(key), np.array(mode)))}{'AB'[int(mode == 1)]}"

    @property
    def path(self) -> str:
        """Absolute path of its file, `""` if it has none."""
        path = self.row.get("path")
        return path if isinstance(path, str) else ""

    @property
    def title(self) -> str:
        """Its title; the name of its file or its id where that is unknown."""
        stem = re.split(r"[/\\]", self.path)[-1].rpartition(".")[0]
        return self.text("title") or one_line(stem) or self.text("id")


def facts(playlist: Playlist) -> Iterator[TrackFacts]:
    """Yields the tracks of a playlist in order."""
    reasons = ["", *(transition.sentence for transition in playlist.transitions)]
    for at in range(len(playlist)):
        yield TrackFacts(at + 1, playlist.tracks.iloc[at], float(playlist.starts[at]), reasons[at])


def one_line(value: Any) -> str:
    """Returns a text without line breaks and control characters, `""` for a missing one."""
    if not isinstance(value, str):
        return ""
    return " ".join(_CONTROL.sub("", value).split())


def number(value: Any) -> float:
    """Returns a number, NaN for a missing one."""
    return math.nan if value is None or value is pd.NA or isinstance(value, str) else float(value)
