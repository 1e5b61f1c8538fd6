"""Tables of text: the cells of a CSV file as they are written, and the line of the file of each row."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from segue.features.arrays import Int64Array
from segue.features.errors import UserError

_SEPARATORS = ",;\t|"
_LONGEST_ROW = 2000  # lines; a quotation mark that is not closed would take in the rest of the file
_CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Header:
    """The header of a table.

    Attributes:
        rows: The cells of each header row, without space at their ends.
        separator: The character between cells.
        spaced: Whether a space follows each separator, which is then no part of the cells.
        end: Number of lines of the file up to the end of the header.
    """

    rows: list[list[str]]
    separator: str
    spaced: bool
    end: int


@dataclass(frozen=True)
class TextTable:
    """The rows of a table.

    Attributes:
        cells: One row per row of the file and one column of text per column, named by its header cell, or by
            a tuple of them if there are several header rows.
        lines: (n,) number of the line on which each row starts, from 1.
        left_out: Lines of the rows that were left out, by reason.
    """

    cells: pd.DataFrame
    lines: Int64Array
    left_out: dict[str, list[int]]


def read_header(lines: list[str], rows: int = 1) -> Header:
    """Reads the header rows, after empty lines and Excel's `sep=;`.

    Args:
        lines: The lines of the file.
        rows: Number of header rows.
    """
    first, separator = 0, ""
    while first < len(lines) - 1 and (not lines[first].strip() or _declared_separator(lines[first])):
        separator = _declared_separator(lines[first]) or separator
        first += 1
    if separator not in lines[first]:  # Excel declares one that other programs then do not use
        separator = ""
    separator = separator or max(_SEPARATORS, key=lambda each: len(_split_line(lines[first], each)))
    headers: list[list[str]] = []
    at = first
    while len(headers) < rows and at < len(lines):
        cells, span = _row(lines, at, separator, None)
        headers.append([cell.strip() for cell in cells])
        at += span
    count = lines[first].count(separator)
    spaced = count > 0 and lines[first].count(separator + " ") == count and separator != "\t"
    return Header(headers, separator, spaced, at)


def read_table(path: Path, lines: list[str], header_rows: int = 1) -> TextTable:
    """Reads the rows of a CSV file; those with more or fewer cells than the header are left out.

    Args:
        path: The file, for messages.
        lines: Its lines.
        header_rows: Number of header rows.

    Raises:
        UserError: The file has no rows, or most of them do not fit its header.
    """
    header = read_header(lines, header_rows)
    width = _width(lines, header)
    numbers: list[int] = []
    left_out: dict[str, list[int]] = {}
    tables: list[pd.DataFrame] = []
    rows: list[list[str]] = []
    wrong: Counter[int] = Counter()
    names = _column_names(header, width)
    for line, cells in _rows(lines, header, width):
        if len(cells) != width:
            wrong[len(cells)] += 1
            left_out.setdefault(f"not {width} cells as in the header, left out", []).append(line)
        elif not any(cell.strip() for cell in cells):
            left_out.setdefault("empty, left out", []).append(line)
        else:
            rows.append(cells)
            numbers.append(line)
            if len(rows) * width > _CELLS_AT_ONCE:
                tables.append(_pack(rows, names))
    if not numbers and not wrong:
        raise UserError(f"{str(path)!r} has a header but no tracks; choose a table with at least one row.")
    if wrong.total() > len(numbers):
        usual, count = wrong.most_common(1)[0]
        raise UserError(
            f"{count} of {len(numbers) + wrong.total()} rows of {str(path)!r} have {usual} cells, but its "
            f"header has {width}; make them agree, and quote cells that contain {header.separator!r}."
        )
    table = pd.concat([*tables, _pack(rows, names)], ignore_index=True)
    return TextTable(_without_empty_unnamed(table), np.array(numbers, dtype=np.int64), left_out)


def _declared_separator(line: str) -> str:
    """Returns the separator that Excel declares in a line such as `sep=;`, `""` for any other line."""
    text = line.strip(' "').lower().removeprefix("sep=") if "sep=" in line[:6].lower() else ""
    return "\t" if text in ("\t", "\\t") else text if len(text) == 1 and not text.isalnum() else ""


def _width(lines: list[str], header: Header) -> int:
    """Returns the number of cells that rows must have.

    It is that of the header. If the header ends with cells without a name that all rows lack, it is without
    these.
    """
    full = max(map(len, header.rows))
    named = max((k + 1 for row in header.rows for k, cell in enumerate(row) if cell), default=full)
    if named < full and {len(cells) for _, cells in _rows(lines, header, named)} == {named}:
        return named
    return full


def _rows(lines: list[str], header: Header, width: int) -> Iterator[tuple[int, list[str]]]:
    """Yields the line number and the cells of each row that is not blank."""
    at = header.end
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        cells, span = _row(lines, at, header.separator, width, header.spaced)
        yield at + 1, cells
        at += span


def _row(
    lines: list[str], at: int, separator: str, width: int | None, spaced: bool = False
) -> tuple[list[str], int]:
    """Returns the cells of the row that starts on a line, and its number of lines.

    A cell in quotation marks may contain separators and line ends. Where the marks are not as they should be,
    or would take in whole rows, they are read as ordinary characters.
    """
    if '"' not in lines[at]:
        cells = lines[at].split(separator)
        return [cell.lstrip(" ") for cell in cells] if spaced else cells, 1
    following = (lines[k] + "\n" for k in range(at, min(at + _LONGEST_ROW, len(lines))))
    reader = csv.reader(following, delimiter=separator, skipinitialspace=spaced, strict=True)
    try:
        cells, span = next(reader), reader.line_num
    except csv.Error:
        return _split_line(lines[at], separator, width), 1
    if span > 1 and all(_is_row(lines[k], separator, width or len(cells)) for k in (at, at + span - 1)):
        return _split_line(lines[at], separator, width), 1
    return cells, span


def _is_row(line: str, separator: str, width: int) -> bool:
    """Returns whether a line has the cells of a whole row even if its quotation marks mean nothing."""
    return line.count(separator) >= max(width - 1, 1)


def _split_line(line: str, separator: str, width: int | None = None) -> list[str]:
    """Splits a line whose quotation marks may be wrong."""
    plain = line.split(separator)
    if '"' not in line or len(plain) == width:
        return plain
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error:
        return plain


def _column_names(header: Header, width: int) -> list[str] | list[tuple[str, ...]]:
    """Returns one different name per column."""
    if len(header.rows) > 1:
        padded = [row + [""] * (width - len(row)) for row in header.rows]
        return [tuple(row[k] for row in padded) for k in range(width)]
    names: dict[str, None] = {}
    for k, cell in enumerate(header.rows[0][:width]):
        name, copies = cell or f"Unnamed: {k}", 0
        while name in names:
            copies += 1
            name = f"{cell}.{copies}"
        names[name] = None
    return list(names)


def _pack(rows: list[list[str]], names: list[str] | list[tuple[str, ...]]) -> pd.DataFrame:
    """Moves rows to a table of text, leaving none."""
    columns = dict(enumerate(zip(*rows, strict=True))) if rows else dict.fromkeys(range(len(names)), ())
    table = pd.DataFrame(columns, dtype="str")
    table.columns = pd.Index(names)
    rows.clear()
    return table


def _without_empty_unnamed(table: pd.DataFrame) -> pd.DataFrame:
    """Drops columns without a name and without contents, as separators at the end of all lines make."""
    empty = [
        str(name).startswith("Unnamed: ") and not table[name].str.strip().ne("").any()
        for name in table.columns
    ]
    return table.loc[:, ~np.array(empty, dtype=np.bool_)]
