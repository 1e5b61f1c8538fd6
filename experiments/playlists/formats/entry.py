"""An entry of a playlist file."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A track as a playlist file describes it.

    Attributes:
        path: Its file: an absolute path, or the address of a stream; `""` if the file names none.
        title: Title, `""` if unknown.
        artist: Artist credit, `""` if unknown.
        album: Album, `""` if unknown.
        duration: Length in s, NaN if unknown.
        id: Its id in a catalogue, `""` if the file names none.
    """

    path: str = ""
    title: str = ""
    artist: str = ""
    album: str = ""
    duration: float = math.nan
    id: str = ""

    def __str__(self) -> str:
        """The track as messages name it."""
        return " – ".join(part for part in (self.artist, self.title) if part) or self.path or "(no name)"


def seconds(text: object, scale: float = 1.0) -> float:
    """Reads a length; NaN where there is none.

    Args:
        text: A number, or text that may be one.
        scale: Seconds per unit.
    """
    try:
        value = float(str(text)) * scale
    except ValueError:
        return math.nan
    return value if 0 < value < math.inf else math.nan
