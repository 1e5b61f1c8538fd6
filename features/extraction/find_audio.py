"""Finding the audio files below a folder."""

import os
from collections.abc import Iterator
from pathlib import Path

_EXTENSIONS = (
    "3gp aac ac3 aif aifc aiff alac amr ape asf au avi caf dts eac3 f4a flac m4a m4b m4r mka mkv mov",
    "mp1 mp2 mp3 mp4 mpc oga ogg ogv opus ra rf64 snd spx tak tta voc w64 wav webm wma wmv wv",
)
SUFFIXES = frozenset(f".{extension}" for line in _EXTENSIONS for extension in line.split())
"""Suffixes of candidate files; the decoder finds out what a file really contains."""


def find_audio(folder: Path) -> Iterator[Path]:
    """Lists files with an audio or video suffix, sorted, following links but no cycles.

    Args:
        folder: The folder to search.

    Yields:
        Paths that start with `folder`, including broken links and unreadable folders, so that they can be
        reported.
    """
    seen: set[tuple[int, int]] = set()
    unreadable: list[OSError] = []
    for top, folders, names in os.walk(folder, followlinks=True, onerror=unreadable.append):
        stat = Path(top).stat()
        if (stat.st_dev, stat.st_ino) in seen:
            folders.clear()
            continue
        seen.add((stat.st_dev, stat.st_ino))
        folders.sort()
        for name in sorted(names):
            # Files named "._*" are macOS metadata of the file of the same name.
            if Path(name).suffix.lower() in SUFFIXES and not name.startswith("._"):
                yield Path(top) / name
    yield from (Path(error.filename) for error in unreadable)
