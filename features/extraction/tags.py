"""Title, artist and other tags of a file: those that tinytag reads, else those of the decoder."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from segue.features.audio.decoders import MAX_TAG

Tags = dict[str, str | float]

TEXT_TAGS = ("title", "artist", "album", "genre")
"""Tags that are text."""

MOST_BYTES = 16_000_000
"""Bytes of a file that are read for its tags; pictures are skipped and do not count."""

_TRACK = re.compile(r"\s*(\d{1,3})(?:\s*(?:/|of\b).*|\s*)", re.DOTALL)
_YEAR = re.compile(r"(?<!\d)(1[0-9]{3}|20[0-9]{2})")
_DECIBELS = re.compile(r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+))\s*(?:db)?\s*", re.IGNORECASE)
_R128 = re.compile(r"\s*([-+]?\d{1,5})\s*")
_R128_TO_REPLAY_GAIN = 5.0
"""dB between the reference levels of Opus gains (RFC 7845, -23 LUFS) and ReplayGain 2.0 (-18 LUFS)."""
_LOUDEST_GAIN = 60.0  # dB


def read_tags(path: Path, metadata: Mapping[str, str]) -> Tags:
    """Reads the tag columns of the schema from a file.

    Args:
        path: The file.
        metadata: Tags of the container as read by the decoder, lower-case keys.

    Returns:
        `title`, `artist`, `album`, `genre` (text, possibly empty, several values joined by `; `), `year`,
        `track`, `replay_gain` (NaN if unknown or not understood).
    """
    file_tags, container = _tinytag(path), _from_container(metadata)
    return {name: _first(file_tags.get(name), container.get(name)) for name in TEXT_TAGS} | {
        "year": _year(file_tags.get("year") or container.get("year") or ""),
        "track": track_number(file_tags.get("track") or container.get("track") or ""),
        "replay_gain": replay_gain(file_tags.get("replay_gain") or container.get("replay_gain") or ""),
    }


def printable_line(text: str) -> str:
    """Returns text as one printable line, without control characters and undecodable bytes."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(c if c.isprintable() else " " for c in whole).split())


def track_number(text: str) -> float:
    """Reads a track number such as `4`, `04` or `4/12`; NaN if it is another text."""
    match = _TRACK.fullmatch(text)
    return float(match[1]) if match else float("nan")


def replay_gain(text: str) -> float:
    """Reads a gain such as `-7.89 dB`, also with a decimal comma; NaN if it is another text."""
    match = _DECIBELS.fullmatch(text.replace("\N{MINUS SIGN}", "-").replace(",", "."))
    gain = float(match[1]) if match else float("nan")
    return gain if abs(gain) <= _LOUDEST_GAIN else float("nan")


class _LimitedReader:
    """A file of which at most `MOST_BYTES` are read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._left = file, MOST_BYTES
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("The tags are too long.")
        return data


def _tinytag(path: Path) -> dict[str, str]:
    """Reads the tags of a file by tinytag; empty if they are broken or too long."""
    from tinytag import TinyTag

    try:
        with path.open("rb") as file:
            reader: Any = _LimitedReader(file)
            tag = TinyTag.get(filename=None, file_obj=reader, duration=False)
    except Exception:
        # Broken tags raise all kinds of errors; the container's tags are used instead.
        return {}
    other: dict[str, Any] = dict(tag.other or {})
    found = {name: getattr(tag, name, None) for name in (*TEXT_TAGS, "year", "track")}
    for name in ("artist", "genre"):
        found[name] = _joined([found[name], *other.get(name, [])])
    gain = other.get("replaygain_track_gain")
    found["replay_gain"] = gain[0] if isinstance(gain, list) and gain else gain
    return {name: str(value)[:MAX_TAG] for name, value in found.items() if value}


def _joined(values: list[str | None]) -> str:
    """Joins the values of a tag that occurs several times, leaving out what an earlier one contains."""
    joined = ""
    for value in values:
        text = (value or "")[:MAX_TAG].strip()
        if text and not re.search(rf"(?<!\w){re.escape(text)}(?!\w)", joined, re.IGNORECASE):
            joined += ("; " if joined else "") + text
    return joined


def _from_container(metadata: Mapping[str, str]) -> dict[str, str]:
    """Maps the container's keys to ours; an Opus gain, in 256ths of a dB, becomes a ReplayGain."""
    keys = {
        "artist": ("artist", "album_artist", "author", "composer"),
        "year": ("date", "year"),
        "track": ("track", "tracknumber"),
        "replay_gain": ("replaygain_track_gain",),
    }
    found = {}
    for name in (*TEXT_TAGS, "year", "track", "replay_gain"):
        for key in keys.get(name, (name,)):
            if metadata.get(key):
                found[name] = metadata[key]
                break
    if "replay_gain" not in found and (gain := _R128.fullmatch(metadata.get("r128_track_gain", ""))):
        found["replay_gain"] = str(int(gain[1]) / 256 + _R128_TO_REPLAY_GAIN)
    return found


def _first(*candidates: str | None) -> str:
    """Returns the first usable candidate as one printable line, or an empty text."""
    for text in candidates:
        # A replacement character shows that the tag was decoded with the wrong encoding.
        if text and "\ufffd" not in text and printable_line(text):
            return printable_line(text)
    return ""


def _year(text: str) -> float:
    match = _YEAR.search(text)
    return float(match[1]) if match else float("nan")
