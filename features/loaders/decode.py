"""The text of files of unknown encoding."""

import codecs
import gzip
import zlib
from pathlib import Path

from segue.features.errors import UserError

BYTE_ORDER_MARKS = (
    # UTF-32 first: its mark for little-endian text begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""First bytes of a text and its encoding; UTF-8 is what is left."""
_BINARY = {
    b"PK\x03\x04": "an Excel workbook or ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"SQLite f": "an SQLite database",
    b"%PDF": "a PDF document",
    b"\x89HDF": "an HDF5 file",
    b"PAR1": "a Parquet file",
}


def read_lines(path: Path) -> list[str]:
    """Reads the lines of a text file, gzipped or not, without their line ends.

    The encoding is that of the byte-order mark, else UTF-16 if every second byte is 0, else UTF-8; lines that
    are not valid UTF-8 are read as Windows-1252.

    Raises:
        UserError: The file cannot be read or is not text.
    """
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{str(path)!r} cannot be read ({error}); choose a whole, readable file.") from error
    for start, kind in _BINARY.items():
        if data.startswith(start):
            raise UserError(f"{str(path)!r} is {kind}, not a table of text; export it as CSV.")
    text = _decode(data)
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _decode(data: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if unmarked := _utf16_without_mark(data[:1000]):
        return data.decode(unmarked, "replace")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(map(_decode_line, data.split(b"\n")))


def _utf16_without_mark(start: bytes) -> str | None:
    """Returns the encoding of UTF-16 text that has no byte-order mark, None for other text."""
    half = len(start) // 2
    if half and start[1::2].count(0) > 0.7 * half and start[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if half and start[::2].count(0) > 0.7 * half and start[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _decode_line(line: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")
