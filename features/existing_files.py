"""Files whose names users choose: whether one exists, its name as text, and writing one as a whole."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from segue.features.errors import UserError


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


def is_yaml(name: str | os.PathLike[str]) -> bool:
    """Returns whether a name is that of a YAML file, by its ending in any case."""
    return os.fsdecode(name).lower().endswith((".yaml", ".yml"))


def next_to(folder: Path, value: Any) -> Any:
    """Returns the full path of the file that a value names in a folder; any other value unchanged."""
    if isinstance(value, str) and Path(value).suffix and is_file(folder / value):
        return str((folder / value).resolve())
    return value


def what_else(path: str | os.PathLike[str]) -> str:
    """Returns what a path is that is not a regular file, such as `is a folder`; `""` if nothing is there."""
    if is_folder(path):
        return "is a folder"
    if os.path.islink(path) and not os.path.exists(path):  # noqa: PTH114, PTH110 — pathlib's raise errors
        return "is a link that leads nowhere"
    return "is not a regular file" if os.path.lexists(path) else ""


def readable(name: str | os.PathLike[str]) -> str:
    """Returns the name of a file, or an argument of a command, as text that can be written as UTF-8.

    In some locales Python keeps the bytes of a name that is not ASCII as lone surrogates.
    """
    try:
        return os.fsencode(name).decode("utf-8", "replace")
    except UnicodeEncodeError:  # text that a locale cannot encode is text all the same
        return os.fspath(name)


def printable(text: str) -> str:
    """Returns a name for a terminal, with escapes for what is invisible or changes the order of the text."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def make_folder(folder: Path) -> None:
    """Creates a folder, and those above it, for a file to write.

    Raises:
        UserError: Something on its path is not a folder, or holds none.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UserError(f"{str(folder)!r} is not a folder; choose another output.") from error
    except FileNotFoundError as error:  # not even the first folder can be created, as in /proc
        raise UserError(f"The folder {str(folder)!r} cannot be created; choose another output.") from error


@contextmanager
def write_whole(path: Path) -> Iterator[BinaryIO]:
    """Writes a file that replaces one of the same name once the block has succeeded.

    Of a link, the file that it leads to is replaced.

    Args:
        path: The file; its folder is created.

    Yields:
        A new file in the same folder, open for writing.

    Raises:
        UserError: The folder cannot be created, or takes no new files.
    """
    target = Path(os.path.realpath(path))
    make_folder(target.parent)
    part = target.with_name(f".segue-{secrets.token_hex(8)}.part")  # no file of a user has this name
    try:
        with part.open("xb") as file:
            yield file
        part.replace(target)
    except OSError as error:
        if error.filename not in (None, str(part)):  # the block lacks another file
            raise
        if isinstance(error, FileNotFoundError):  # the folder takes no new files, as /proc, or is gone
            raise UserError(f"The file {str(path)!r} cannot be created; choose another output.") from error
        error.filename = str(path)  # the other name means nothing to the user
        raise
    finally:
        with suppress(OSError):  # of a file system that cannot be written; the error above says it
            part.unlink(missing_ok=True)  # a full disk needs the space
