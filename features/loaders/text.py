"""CSV files of unknown encoding, and repair of wrongly encoded text."""

import ast
import gzip
import io
import re
from pathlib import Path
from typing import Any

import pandas as pd

from segue.features.errors import UserError

_ESCAPE = re.compile(r"<U\+([0-9A-Fa-f]{4,8})>")
# UTF-8 read as Latin-1 shows one of these before a character that is rare in words.
_MOJIBAKE = re.compile(r"[ÂÃâãäåæçðÐÑØÙ][\u0080-\u00bf\u0152-\u0178\u02c6\u02dc\u2013-\u2122\u20ac]")


def read_text(path: Path) -> str:
    """Reads text, gzipped or not, as UTF-8 with or without byte-order mark, else as Windows-1252."""
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
    """Reads a CSV file separated by commas, semicolons or tabs.

    Args:
        path: The file.
        header: Numbers of the header rows.
        options: Passed to `pandas.read_csv`.

    Raises:
        UserError: The file is not a table.
    """
    text = read_text(path)
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        return pd.read_csv(io.StringIO(text), sep=separator, header=header, low_memory=False, **options)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise UserError(f"{str(path)!r} is not a readable table ({error}); choose a CSV file.") from error


def repair_text(text: object) -> str:
    """Repairs wrong decoding, escapes like `<U+1F525>`, and literals like `['A', 'B']` and `b'A'`."""
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
    """Evaluates a Python literal of bytes or a list; any other text is returned unchanged."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "; ".join(map(str, value)) if isinstance(value, list) else text
