"""Whether a text names a file, whatever the text is."""

import os
from pathlib import Path


def is_file(path: str | os.PathLike[str]) -> bool:
    """Returns whether there is a regular file; False also for names that the file system does not allow."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):  # too long, or with a zero byte
        return False


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Returns whether there is a folder; see `is_file`."""
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False
