"""The beginning of a log file, from which its format is recognised."""

from __future__ import annotations

import codecs
import csv
import json
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
    b"\xfd7zXZ": "an xz archive; unpack it first",
    b"BZh": "a bzip2 archive; unpack it first",
    b"7z\xbc\xaf": "a 7z archive; unpack it first",
}


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
    def separator(self) -> str:
        """The character between the cells of the first line."""
        line = self.text.partition("\n")[0]
        return max(",;\t|", key=line.count)

    @cached_property
    def header(self) -> list[str]:
        """The cells of the first line of a text file."""
        if self.parquet:
            return []
        line = self.text.lstrip().partition("\n")[0].rstrip("\r")
        return [cell.strip() for cell in next(csv.reader([line], delimiter=self.separator), [])]

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
        """The first JSON object; empty if there is none."""
        text = self.text.lstrip().removeprefix("[").lstrip()
        if not text.startswith("{"):
            return {}
        try:
            found = json.JSONDecoder().raw_decode(text)[0]
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


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
            raise NotALogError(f"'{file}' is {kind}, not a listening log; name the file of a log.")
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
