"""Names of files: whether one exists, whatever the name is, and as text that can be written."""

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


def readable(name: str | os.PathLike[str]) -> str:
    """Returns the name of a file, or an argument of a command, as text that can be written as UTF-8.

    In some locales Python keeps the bytes of a name that is not ASCII as lone surrogates.
    """
    try:
        return os.fsencode(name).decode("utf-8", "replace")
    except UnicodeEncodeError:  # text that a locale cannot encode is text all the same
        return os.fspath(name)
