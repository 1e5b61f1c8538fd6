"""Reading CSV files whose encoding nobody wrote down."""

import ast
import gzip
import re
from pathlib import Path
from typing import Any

import pandas as pd

from segue.features.errors import UserError

_ESCAPE = re.compile(r"<U\+([0-9A-Fa-f]{4,8})>")
# UTF-8 read as Latin-1 shows one of these before a character that is rare in words.
_MOJIBAKE = re.compile(r"[ÂÃâãäåæçðÐÑØÙ][\u0080-\u00bf\u0152-\u0178\u02c6\u02dc\u2013-\u2122\u20ac]")


def read_text(path: Path) -> str:
    """Reads a text file, gzipped or not, as UTF-8 with or without a byte-order mark, else as Windows-1252."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def read_table(path: Path, header: int | list[int] = 0, **options: Any) -> pd.DataFrame:
    """Reads a CSV file with comma, semicolon or tab between the columns.

    Raises:
        UserError: When it is no table.
    """
    import io

    text = read_text(path)
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        return pd.read_csv(io.StringIO(text), sep=separator, header=header, low_memory=False, **options)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise UserError(f"{str(path)!r} is no table that can be read: {error}.") from error


def mended(text: object) -> str:
    """Undoes what was done to text: wrong decoding, `<U+1F525>`, Python's `['A', 'B']` and `b'A'`."""
    if not isinstance(text, str):
        return "" if text is None or text != text else str(text)
    if text[:2] in ("b'", 'b"', "['", '["'):
        text = _literal(text)
    if _MOJIBAKE.search(text):
        for encoding in ("cp1252", "latin-1"):
            try:
                text = text.encode(encoding).decode("utf-8")
                break
            except UnicodeError:
                continue
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text).strip()


def _literal(text: str) -> str:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "; ".join(map(str, value)) if isinstance(value, list) else text
