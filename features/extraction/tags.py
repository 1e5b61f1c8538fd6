"""Title, artist and other tags: from the file's tags, else from the container, else from the path."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

Tags = dict[str, str | float]

_NUMBER = re.compile(r"^\s*(\d{1,3})\s*(?:[-._)]\s*|\s+)(?=\D)")
_YEAR = re.compile(r"(1[0-9]{3}|20[0-9]{2})")
_FLOAT = re.compile(r"[-+]?\d+(?:\.\d+)?")
_R128_TO_REPLAY_GAIN = 5.0
"""dB between the reference levels of Opus gains (RFC 7845, -23 LUFS) and ReplayGain 2.0 (-18 LUFS)."""
_TEXT = ("title", "artist", "album", "genre")


def read_tags(path: Path, metadata: Mapping[str, str]) -> Tags:
    """Reads the tag columns of the schema from a file.

    Args:
        path: The file.
        metadata: Tags of the container as read by the decoder, lower-case keys.

    Returns:
        `title`, `artist`, `album`, `genre` (text, possibly empty), `year`, `track`, `replay_gain` (NaN if
        unknown).
    """
    file_tags, container = _tinytag(path), _from_container(metadata)
    return {name: _first(file_tags.get(name), container.get(name)) for name in _TEXT} | {
        "year": _year(file_tags.get("year") or container.get("year") or ""),
        "track": _number(file_tags.get("track") or container.get("track") or ""),
        "replay_gain": _number(file_tags.get("replay_gain") or container.get("replay_gain") or ""),
    }


def tags_from_path(tags: Mapping[str, object], relative: PurePath) -> Tags:
    """Guesses from the path the tags that a file lacks.

    Args:
        tags: Tags as from `read_tags`.
        relative: Path below the extracted folder.

    Returns:
        Only the tags to add.
    """
    guessed = guess_from_path(relative)
    added: Tags = {name: guessed[name] for name in _TEXT if not tags.get(name) and name in guessed}
    if tags.get("title"):
        # A guessed artist belongs to the guessed title, not to the tagged one.
        added.pop("artist", None)
    if tags.get("track") != tags.get("track") and "track" in guessed:
        added["track"] = _number(guessed["track"])
    return added


def guess_from_path(relative: PurePath) -> dict[str, str]:
    """Guesses tags from paths such as `Artist/Album/01 - Title.ext` or `Artist - Title.ext`."""
    guessed: dict[str, str] = {}
    stem = relative.stem.replace("_", " ").strip()
    if match := _NUMBER.match(stem):
        guessed["track"] = match[1]
        stem = stem[match.end() :]
    parts = [part.strip() for part in stem.split(" - ") if part.strip()]
    if len(parts) >= 2:
        guessed["artist"], guessed["title"] = parts[0], " - ".join(parts[1:])
    else:
        guessed["title"] = stem.strip(" -") or relative.stem
    if len(relative.parts) >= 3:
        guessed.setdefault("artist", relative.parts[-3])
    if len(relative.parts) >= 2:
        guessed["album"] = relative.parts[-2]
    return {name: printable_line(text) for name, text in guessed.items()}


def printable_line(text: str) -> str:
    """Returns text as one printable line, without control characters and undecodable bytes."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(c if c.isprintable() else " " for c in whole).split())


def _tinytag(path: Path) -> dict[str, str]:
    """Reads the tags of a file by tinytag; empty if they are broken."""
    from tinytag import TinyTag

    try:
        with path.open("rb") as file:
            tag = TinyTag.get(filename=None, file_obj=file)
    except Exception:
        # Broken tags raise all kinds of errors; the container's tags are used instead.
        return {}
    found = {name: getattr(tag, name, None) for name in (*_TEXT, "year", "track")}
    other: dict[str, Any] = dict(tag.other or {})
    gain = other.get("replaygain_track_gain")
    found["replay_gain"] = gain[0] if isinstance(gain, list) and gain else gain
    return {name: str(value) for name, value in found.items() if value}


def _from_container(metadata: Mapping[str, str]) -> dict[str, str]:
    """Maps the container's keys to ours; an Opus gain, in 256ths of a dB, becomes a ReplayGain."""
    keys = {
        "artist": ("artist", "album_artist", "author", "composer"),
        "year": ("date", "year"),
        "track": ("track", "tracknumber"),
        "replay_gain": ("replaygain_track_gain",),
    }
    found = {}
    for name in (*_TEXT, "year", "track", "replay_gain"):
        for key in keys.get(name, (name,)):
            if metadata.get(key):
                found[name] = metadata[key]
                break
    if "replay_gain" not in found and "r128_track_gain" in metadata:
        found["replay_gain"] = str(_number(metadata["r128_track_gain"]) / 256 + _R128_TO_REPLAY_GAIN)
    return found


def _first(*candidates: str | None) -> str:
    """Returns the first usable candidate as one printable line, or an empty text."""
    for text in candidates:
        # A replacement character shows that the tag was decoded with the wrong encoding.
        if text and "\ufffd" not in text and printable_line(text):
            return printable_line(text)
    return ""


def _number(text: str) -> float:
    match = _FLOAT.search(text)
    return float(match[0]) if match else float("nan")


def _year(text: str) -> float:
    match = _YEAR.search(text)
    return float(match[1]) if match else float("nan")
