"""The beginning of a log file, from which its format is recognised."""

from __future__ import annotations

import codecs
import csv
import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from segue.experiments.logs.sources.log_files import LogFile, damaged
from segue.features.errors import UserError
from segue.features.loaders.decode import BYTE_ORDER_MARKS

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), *BYTE_ORDER_MARKS)
_NOT_LOGS = {
    b"%PDF": "a PDF document",
    b"SQLite format": "an SQLite database",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\xfd7zXZ": "an xz archive",
    b"BZh": "a bzip2 archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"PK\x03\x04": "an archive in an archive",
    b"\x1f\x8b": "an archive in an archive",
}

_OBJECTS = 20
"""JSON objects that are looked at; not every one has all keys."""
_BETWEEN = re.compile(r"[\s\[,]*")
_SEPARATOR = re.compile(r'"?sep=([,;|\t])"?')


class NotALogError(UserError):
    """The file is of a kind that no log has."""


@dataclass(frozen=True)
class Beginning:
    """What can be said of a log file by its first bytes.

    Attributes:
        file: The file.
        parquet: Names of its columns if it is a Parquet file, else empty.
        encoding: Python's name of the encoding of a text file.
        text: The beginning of a text file, decoded.
    """

    file: LogFile
    parquet: tuple[str, ...] = ()
    encoding: str = "utf-8"
    text: str = field(default="", repr=False)

    @cached_property
    def lines(self) -> list[str]:
        """The first lines of a text file that are not blank; the last one may be cut."""
        return [line for line in re.split(r"\r\n|\r|\n", self.text) if line.strip()]

    @cached_property
    def preamble(self) -> int:
        """Lines before the header: 1 if the first one, as Excel writes it, names the separator."""
        return int(bool(self.lines) and _SEPARATOR.fullmatch(self.lines[0]) is not None)

    @cached_property
    def separator(self) -> str:
        """The character between the cells: the one that the file names, or that of the first line."""
        if self.preamble and (named := _SEPARATOR.fullmatch(self.lines[0])):
            return named[1]
        return max(",;\t|", key=(self.lines or [""])[0].count)

    @cached_property
    def cells(self) -> list[str]:
        """The cells of the header of a text file, as they are."""
        line = self.lines[self.preamble] if len(self.lines) > self.preamble else ""
        return next(csv.reader([line], delimiter=self.separator), [])

    @cached_property
    def header(self) -> list[str]:
        """The cells of the header of a text file, without spaces around them."""
        return [] if self.parquet else [cell.strip() for cell in self.cells]

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the columns, of a table, or of the keys of the first JSON object."""
        return frozenset(self.parquet or self.record or self.header)

    @property
    def is_array(self) -> bool:
        """Whether this is a JSON array, and not JSON lines."""
        return self.text.lstrip()[:1] == "["

    @cached_property
    def record(self) -> dict[str, Any]:
        """The keys of the first JSON objects, with a value of each; empty if there are none."""
        text, at, found = self.text, 0, dict[str, Any]()
        for _ in range(_OBJECTS):
            at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
            try:
                entry, at = json.JSONDecoder().raw_decode(text, at)
            except (ValueError, RecursionError):
                break
            found |= entry if isinstance(entry, dict) else {}
        return found


def read_beginning(file: LogFile) -> Beginning:
    """Reads the beginning of a file.

    Raises:
        NotALogError: It is a file of a kind that no log has.
        UserError: It is damaged.
    """
    start = file.start
    if start.startswith(b"PAR1"):
        return Beginning(file, parquet=_parquet_columns(file))
    for magic, kind in _NOT_LOGS.items():
        if start.startswith(magic):
            advice = "unpack it, and name" if "archive" in kind else "name"
            raise NotALogError(f"'{file}' is {kind}, not a listening log; {advice} the file of a log.")
    if start[257:262] == b"ustar":
        raise NotALogError(f"'{file}' is a tar archive; unpack it and name the files of the log.")
    encoding = next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8")
    text = codecs.getincrementaldecoder(encoding)("replace").decode(start)
    if text.count("\0") > len(text) // 100:
        raise NotALogError(f"'{file}' is not text, nor a Parquet file; name the file of a listening log.")
    return Beginning(file, encoding=encoding, text=text)


def _parquet_columns(file: LogFile) -> tuple[str, ...]:
    if file.member:
        raise NotALogError(f"'{file}' is a Parquet file in an archive; unpack it first.")
    try:
        return tuple(pq.ParquetFile(file.path).schema_arrow.names)
    except (pa.ArrowException, OSError) as error:
        raise damaged(file, error) from error
