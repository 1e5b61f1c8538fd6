"""The files of a log: plain, gzipped or in zip archives, opened as streams of limited size."""

from __future__ import annotations

import gzip
import io
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from segue.features.errors import UserError, excerpt
from segue.features.existing_files import is_file, is_folder, what_else

_MOST_EXPANSION = 200
"""Size of a file divided by that of its compressed form, at most; logs are 10 to 30 times as large."""
_FREE = 5_000_000
"""Bytes that may expand more."""
_START = 65_536
_LOGS = {".json", ".jsonl", ".csv", ".tsv", ".txt", ".gz", ".parquet", ".listens"}
"""Endings of the files in a folder or an archive that may be logs."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
"""How zip archives begin: with a member, without any, or as a part of several."""
_ARCHIVE_ERRORS = (zipfile.BadZipFile, NotImplementedError, RuntimeError)

OnBytes = Callable[[int], object]


@dataclass(frozen=True)
class LogFile:
    """A file, or a member of a zip archive.

    Attributes:
        path: The file or the archive.
        member: Name in the archive; empty for a file.
        inner: Name in the archive that `member` is; empty if it is not an archive.
        source: Number of the folder or the archive that the user has named, from 1. Files that are named
            themselves belong to their folder.
        named: Whether the user has named this file itself, and not a folder or an archive around it.
        size: Bytes to read, for the progress bar.
    """

    path: Path
    member: str
    source: int
    named: bool
    size: int
    inner: str = ""

    def __str__(self) -> str:
        return ":".join(filter(None, (str(self.path), self.member, self.inner)))

    @property
    def name(self) -> str:
        """Name of the file without its folder."""
        return Path(self.inner or self.member or self.path).name

    @cached_property
    def start(self) -> bytes:
        """The first 64 KiB of the file, decompressed."""
        with self.open() as stream:
            return stream.read(_START)

    def open(self, on_bytes: OnBytes | None = None) -> IO[bytes]:
        """Opens the file for reading, decompressed.

        Args:
            on_bytes: Called with the number of bytes whenever some were read.

        Raises:
            UserError: It cannot be read; also while reading, if it is cut, damaged or expands too much.
        """
        return io.BufferedReader(_Stream(self, on_bytes), 1 << 20)


class _Stream(io.RawIOBase):
    """Bytes of a log file; whatever goes wrong is a UserError."""

    def __init__(self, file: LogFile, on_bytes: OnBytes | None) -> None:
        self._file, self._on_bytes = file, on_bytes
        self._out = 0
        self._counted = 0
        self._opened: list[Any] = []
        try:
            self._packed: Any = self._add(file.path.open("rb"))
            for member in filter(None, (file.member, file.inner)):
                archive = self._add(zipfile.ZipFile(self._packed))
                self._packed = self._add(archive.open(member))
            zipped = self._packed.read(2) == b"\x1f\x8b"
            self._packed.seek(0)
            self._inner = self._add(gzip.GzipFile(fileobj=self._packed)) if zipped else self._packed
        except (OSError, EOFError, zlib.error, ValueError, *_ARCHIVE_ERRORS) as error:
            self.close()
            raise damaged(file, error) from error

    def _add(self, opened: Any) -> Any:
        """Remembers what has to be closed."""
        self._opened.append(opened)
        return opened

    def readable(self) -> bool:
        """Returns that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Reads some bytes into a buffer."""
        try:
            data = self._inner.read(min(len(buffer), 1 << 20))
        except (OSError, EOFError, zlib.error, *_ARCHIVE_ERRORS) as error:
            raise damaged(self._file, error) from error
        buffer[: len(data)] = data
        self._out += len(data)
        consumed = self._packed.tell()
        if self._out > _FREE + _MOST_EXPANSION * consumed:
            raise _too_large(self._file)
        if self._on_bytes is not None:
            self._on_bytes(consumed - self._counted)
        self._counted = consumed
        return len(data)

    def close(self) -> None:
        """Closes the file and the archive that it is in."""
        for opened in reversed(self._opened):
            opened.close()
        super().close()


def find_files(paths: Sequence[Path]) -> list[LogFile]:
    """Lists the log files that arguments of a command name.

    Args:
        paths: Files, folders, or zip archives.

    Raises:
        UserError: One does not exist, is empty, or is a damaged archive.
    """
    files: list[LogFile] = []
    sources: dict[Path, int] = {}
    for path in paths:
        found = list(_expand(path, sources.setdefault(_source(path), len(sources) + 1)))
        if not found:
            raise UserError(f"{str(path)!r} contains no file of a log; name the files of the log.")
        files += found
    return files


def _source(path: Path) -> Path:
    """Returns the folder or the archive that an argument names, or the folder of a file."""
    whole = Path(os.path.realpath(path))  # `resolve` fails at a link to itself
    return whole.parent if is_file(path) and not _is_zip(path) else whole


def _expand(path: Path, number: int) -> Iterator[LogFile]:
    """Yields the files that one argument names."""
    if is_folder(path):
        for file in sorted(_in_folder(path), key=lambda found: _natural(str(found))):
            if file.stat().st_size and not file.name.startswith("."):
                yield LogFile(file, "", number, False, file.stat().st_size)
    elif not is_file(path):
        if other := what_else(path):
            raise UserError(f"{str(path)!r} {other}; name the files of the log.")
        raise UserError(f"There is no file {str(path)!r}; check the path.")
    elif not path.stat().st_size:
        raise UserError(f"{str(path)!r} is empty; choose a file with plays.")
    elif _is_zip(path):
        yield from _members(path, number)
    else:
        yield LogFile(path, "", number, True, path.stat().st_size)


def _in_folder(path: Path) -> list[Path]:
    """Lists the files of a folder that may be logs; of a study or a run, only its plays."""
    for place in ("results/plays.parquet", "plays.parquet", "runs/*/plays.parquet"):
        if found := [file for file in path.glob(place) if is_file(file)]:
            return found
    return [file for file in path.rglob("*") if file.suffix.lower() in _LOGS and is_file(file)]


def _members(path: Path, number: int, around: str = "") -> Iterator[LogFile]:
    """Yields the members of a zip archive that may be logs, and those of archives in it.

    Args:
        path: The archive.
        number: See `LogFile.source`.
        around: Name in it of the archive to look into; empty for itself.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if around:
                with archive.open(around) as stream, zipfile.ZipFile(stream) as within:
                    members = within.infolist()
            else:
                members = archive.infolist()
    except (OSError, ValueError, EOFError, zlib.error, *_ARCHIVE_ERRORS) as error:
        raise UserError(
            f"{str(path)!r} is not a whole zip archive ({excerpt(error)}); download it again, or unpack it "
            "and name the files."
        ) from error
    for member in sorted(members, key=lambda info: _natural(info.filename)):
        name = Path(member.filename)
        nested = not around and name.suffix.lower() == ".zip"
        if (
            member.is_dir()
            or not (nested or name.suffix.lower() in _LOGS)
            or name.name.startswith(".")
            or not member.file_size
        ):
            continue
        names = (around, member.filename) if around else (member.filename, "")
        file = LogFile(path, names[0], number, False, member.file_size, names[1])
        if member.flag_bits & 1:
            raise UserError(f"{str(path)!r} is locked with a password; unpack it and name the files.")
        if member.file_size > _FREE + _MOST_EXPANSION * member.compress_size:
            raise _too_large(file)
        if nested:
            yield from _members(path, number, member.filename)
        else:
            yield file


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) in _ZIP
    except OSError as error:
        raise UserError(
            f"{str(path)!r} cannot be read ({error.strerror}); choose a readable file."
        ) from error


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts `_2` before `_10`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d{1,9})", name)]


def damaged(file: LogFile | Path, error: object) -> UserError:
    """Builds the error for a file whose contents are not what its beginning promises."""
    return UserError(f"'{file}' is cut or damaged ({excerpt(error)}); get a whole copy of it.")


def _too_large(file: LogFile) -> UserError:
    return UserError(
        f"'{file}' expands to more than {_MOST_EXPANSION} times its compressed size, which no log does; name "
        "the file of a log."
    )
