"""Finding the audio files below a folder."""

import os
from dataclasses import dataclass
from pathlib import Path

_EXTENSIONS = (
    "3gp aac ac3 aif aifc aiff alac amr ape asf au avi caf dts eac3 f4a flac m4a m4b m4r mka mkv mov",
    "mp1 mp2 mp3 mp4 mpc oga ogg ogv opus ra rf64 snd spx tak tta voc w64 wav webm wma wmv wv",
)
SUFFIXES = frozenset(f".{extension}" for line in _EXTENSIONS for extension in line.split())
"""Suffixes of candidate files; the decoder finds out what a file really contains."""


_SYSTEM_FOLDERS = frozenset(
    (
        *("#recycle", "#snapshot", "@eadir", "@tmp", "@sharebin", "@recycle", "@recently-snapshot"),  # NAS
        *("$recycle.bin", "recycler", "recycled", "system volume information"),  # Windows
        *("__macosx", "network trash folder", "temporary items"),  # macOS
        *("lost+found", "lost.dir"),
    )
)
"""Folders of deleted files, thumbnails and snapshots, in lower case."""


@dataclass(frozen=True)
class FoundAudio:
    """The audio files below a folder.

    Attributes:
        paths: Sorted paths that start with the folder, including broken links and unreadable folders, so that
            they can be reported.
        hidden: Paths of the hidden files, and of the hidden or system folders, that were passed over.
    """

    paths: list[Path]
    hidden: list[Path]


def find_audio(folder: Path) -> FoundAudio:
    """Finds files with an audio or video suffix, following links but no cycles.

    Names that begin with a dot and the folders in which systems keep deleted files are passed over, unless
    the folder itself is one.

    Args:
        folder: The folder to search.
    """
    paths: list[Path] = []
    hidden: list[Path] = []
    seen: set[tuple[int, int]] = set()
    unreadable: list[OSError] = []
    for top, folders, names in os.walk(folder, followlinks=True, onerror=unreadable.append):
        stat = Path(top).stat()
        if (stat.st_dev, stat.st_ino) in seen:
            folders.clear()
            continue
        seen.add((stat.st_dev, stat.st_ino))
        hidden += [Path(top) / name for name in sorted(folders) if _is_system_folder(name)]
        folders[:] = sorted(name for name in folders if not _is_system_folder(name))
        for name in sorted(name for name in names if Path(name).suffix.lower() in SUFFIXES):
            # Files named "._*" are macOS metadata of the file of the same name.
            if not name.startswith("._"):
                (hidden if name.startswith(".") else paths).append(Path(top) / name)
    return FoundAudio(paths + [Path(error.filename) for error in unreadable], hidden)


def _is_system_folder(name: str) -> bool:
    """Returns whether a folder is hidden or holds what a system has put aside."""
    return name.startswith(".") or name.lower() in _SYSTEM_FOLDERS
