"""Tables of text of any size, read some columns and some rows at a time."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import IO

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from segue.experiments.logs.columns import TEXT
from segue.experiments.logs.counts import Counts
from segue.experiments.logs.sources.beginning import Beginning
from segue.experiments.logs.sources.log_files import OnBytes
from segue.features.errors import UserError

_BLOCK = 16 << 20
_LINES = 5
"""Lines of one row at most, if it has too many or too few cells."""


class _CheckedText(io.RawIOBase):
    """Raises a UnicodeDecodeError at the first bytes that are not UTF-8.

    Arrow would print tracebacks for rows of the wrong length that are not UTF-8 either.

    Args:
        stream: The bytes of a text file.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def readable(self) -> bool:
        """Returns that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Reads some bytes into a buffer."""
        data = self._stream.read(len(buffer))
        self._decoder.decode(data, final=not data)
        buffer[: len(data)] = data
        return len(data)


def csv_pieces(
    beginning: Beginning,
    columns: Mapping[str, str],
    counts: Counts,
    on_bytes: OnBytes | None,
    *,
    names: Sequence[str] = (),
    quoted: bool = True,
) -> Iterator[pd.DataFrame]:
    """Yields the rows of a table in pieces, all cells as text, empty ones missing.

    Columns that are not asked for are not read.

    Args:
        beginning: The beginning of the file.
        columns: Name in the file of each column to read, by its name in the pieces.
        counts: Where rows with too many or too few cells are counted.
        on_bytes: Called with the number of bytes whenever some were read.
        names: Names of the columns of a file without a header.
        quoted: Whether cells may be quoted.

    Raises:
        UserError: The file is damaged or is not UTF-8.
    """
    written = dict(zip(beginning.header, beginning.cells, strict=True))
    columns = {name: written.get(source, source) for name, source in columns.items()}
    with beginning.file.open(on_bytes) as stream:
        try:
            for batch in _reader(stream, beginning, list(columns.values()), counts, names, quoted):
                counts.read += batch.num_rows
                if batch.num_rows:
                    yield _frame(batch, columns)
        except (pa.ArrowException, UnicodeError) as error:
            raise _wrong(beginning, error) from error


def _reader(
    stream: IO[bytes],
    beginning: Beginning,
    columns: Sequence[str],
    counts: Counts,
    names: Sequence[str],
    quoted: bool,
) -> pyarrow.csv.CSVStreamingReader:
    """Opens a table for reading some columns, by their names in the file; see `csv_pieces`."""
    encoding, wanted = beginning.encoding.removesuffix("-sig"), list(dict.fromkeys(columns))
    return pyarrow.csv.open_csv(
        _CheckedText(stream) if encoding == "utf-8" else stream,
        read_options=pyarrow.csv.ReadOptions(
            block_size=_BLOCK,
            use_threads=False,
            column_names=list(names) or None,
            skip_rows=0 if names else beginning.preamble,
            encoding=encoding,
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=beginning.separator,
            quote_char='"' if quoted else False,
            invalid_row_handler=partial(_skip, counts),
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={name: pa.string() for name in wanted},
            include_columns=wanted,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )


def _skip(counts: Counts, row: pyarrow.csv.InvalidRow) -> str:
    """Counts a row with too many or too few cells, which is left out."""
    counts.read += 1
    # A quote that is not closed makes one row of many.
    inside = (row.text or "").rstrip("\r\n").count("\n")
    if inside > _LINES:
        counts.left_out["lines after a quote that is not closed"] += inside + 1
    else:
        counts.left_out[f"rows without exactly {row.expected_columns} cells"] += 1
    return "skip"


def _frame(batch: pa.RecordBatch, columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {name: pd.Series(batch[source].to_pandas(), dtype=TEXT) for name, source in columns.items()}
    )


def _wrong(beginning: Beginning, error: Exception) -> UserError:
    text = " ".join(str(error).split())
    if isinstance(error, UnicodeError) or "UTF8" in text or "utf-8" in text:
        return UserError(f"'{beginning.file}' is not UTF-8 text; save it as UTF-8.")
    if "straddl" in text:
        return UserError(
            f"'{beginning.file}' has a row of more than {_BLOCK >> 20} MB; is it the right file?"
        )
    return UserError(f"'{beginning.file}' cannot be read as a table ({text[:150]}); correct it.")
