"""Checksums of the files in a folder: what was cut, altered or lost afterwards is noticed.

They protect against damage, not against forgery: whoever alters a file on purpose can alter its checksum too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import pandas as pd

from segue.features.errors import UserError

CHECKSUMS = "SHA256SUMS"
"""File with the checksums of a folder, which `sha256sum --check` reads too."""
_LINE = re.compile(rb"([0-9a-f]{64})  ([A-Za-z0-9_.-]+)")

REMEDY = "`segue compare` makes it again, or delete this folder"
"""What helps against a damaged folder of a run or a model."""


class DamagedError(UserError):
    """A file of a folder is missing or differs from what was written.

    Attributes:
        folder: The folder.
        what: The damage, such as "plays.parquet is cut or altered".
    """

    def __init__(self, folder: Path, what: str, remedy: str = REMEDY) -> None:
        super().__init__(f"{folder} is damaged ({what}): {remedy}.")
        self.folder, self.what, self.remedy = folder, what, remedy

    def __reduce__(self) -> tuple[type[DamagedError], tuple[Path, str, str]]:
        # Raised in worker processes too: by default an exception is rebuilt from its message alone.
        return type(self), (self.folder, self.what, self.remedy)


def write_checksums(folder: Path, last: str, names: Iterable[str] | None = None) -> None:
    """Writes the checksums of the files in a folder; earlier ones are replaced, not written over.

    Args:
        folder: The folder.
        last: Name of a file that the folder must have. It comes last, so that it is gone from a list that
            was cut.
        names: Names of the files that count, `last` among them; by default all but those in subfolders.
    """
    present = (path.name for path in folder.iterdir() if path.is_file() and path.name != CHECKSUMS)
    ordered = sorted(present if names is None else names, key=lambda name: (name == last, name))
    text = "".join(f"{_digest((folder / name).read_bytes())}  {name}\n" for name in ordered)
    partial = folder / f".{CHECKSUMS}"
    partial.write_text(text, encoding="ascii")
    partial.replace(folder / CHECKSUMS)


def read_checksums(folder: Path, last: str) -> dict[str, str]:
    """Reads the checksums of a folder by the names of its files.

    Args:
        folder: The folder.
        last: As in `write_checksums`.

    Raises:
        DamagedError: They are missing, altered or cut.
    """
    text = _content(folder, CHECKSUMS)
    lines = [_LINE.fullmatch(line) for line in text.split(b"\n")[:-1]]
    found = {line[2].decode(): line[1].decode() for line in lines if line is not None}
    if len(found) < len(lines) or not text.endswith(b"\n") or last not in found:
        raise DamagedError(folder, f"{CHECKSUMS} is cut or altered")
    return found


def checked_bytes(folder: Path, name: str, checksums: dict[str, str]) -> bytes:
    """Reads a file of a folder.

    Args:
        folder: The folder.
        name: Name of the file.
        checksums: As from `read_checksums`.

    Raises:
        DamagedError: The file is missing or differs from what was written.
    """
    content = _content(folder, name)
    if name not in checksums or _digest(content) != checksums[name]:
        raise DamagedError(folder, f"{name} is {'cut or altered' if content else 'empty'}")
    return content


def checked_table(folder: Path, name: str, checksums: dict[str, str]) -> pd.DataFrame:
    """Reads a Parquet file of a folder; see `checked_bytes`."""
    return pd.read_parquet(BytesIO(checked_bytes(folder, name, checksums)))


def require_intact(folder: Path, last: str, needed: Iterable[str] = ()) -> list[str]:
    """Checks all files of a folder that have a checksum.

    Args:
        folder: The folder.
        last: As in `write_checksums`.
        needed: Further files that must be among them.

    Returns:
        Their names.

    Raises:
        DamagedError: The folder is damaged.
    """
    checksums = read_checksums(folder, last)
    for name in {**checksums, **dict.fromkeys(needed)}:
        checked_bytes(folder, name, checksums)
    return list(checksums)


def _content(folder: Path, name: str) -> bytes:
    """Reads a file; anything but a regular file counts as missing, since reading a pipe would wait."""
    if not (folder / name).is_file():
        raise DamagedError(folder, f"{name} is missing")
    return (folder / name).read_bytes()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
