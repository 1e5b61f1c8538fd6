"""Finding the audio files below a folder."""

import os
from collections.abc import Iterator
from pathlib import Path

_EXTENSIONS = (
    "3gp aac ac3 aif aifc aiff alac amr ape asf au avi caf dts eac3 f4a flac m4a m4b m4r mka mkv mov",
    "mp1 mp2 mp3 mp4 mpc oga ogg ogv opus ra rf64 snd spx tak tta voc w64 wav webm wma wmv wv",
)
SUFFIXES = frozenset(f".{extension}" for line in _EXTENSIONS for extension in line.split())
"""Suffixes that are looked at; what is really in a file is for the decoder to find out."""


def find_audio(folder: Path) -> Iterator[Path]:
    """Lists files with an audio or video suffix, sorted, following links but never in circles.

    Args:
        folder: Where to start.

    Yields:
        Paths that start with `folder`; also links that lead nowhere and folders that may not be read, so
        that they can be reported.
    """
    seen: set[tuple[int, int]] = set()
    unread: list[OSError] = []
    for top, folders, names in os.walk(folder, followlinks=True, onerror=unread.append):
        stat = Path(top).stat()
        if (stat.st_dev, stat.st_ino) in seen:
            folders.clear()
            continue
        seen.add((stat.st_dev, stat.st_ino))
        folders.sort()
        for name in sorted(names):
            # Names in "._" are a Macintosh's notes about the file of the same name.
            if Path(name).suffix.lower() in SUFFIXES and not name.startswith("._"):
                yield Path(top) / name
    yield from (Path(error.filename) for error in unread)
