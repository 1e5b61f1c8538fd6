"""Plays of any number, divided by listener among temporary files, so that each part fits into memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa

from segue.experiments.logs.columns import TEXT
from segue.experiments.logs.reading import RAW

_BUCKETS = 64
_PART = 200_000
"""Rows that are given back together, or as many as a listener has."""
_KINDS = {pa.string(): TEXT, pa.bool_(): pd.BooleanDtype(), pa.int64(): pd.Int64Dtype()}


class Buckets:
    """Divides rows of logs among files; all rows of a listener are in one of them.

    Args:
        folder: An empty folder for the files.

    Attributes:
        rows: Number of rows.
        filled: Names of the columns that some of them had.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[int, pa.ipc.RecordBatchStreamWriter] = {}
        self.rows = 0
        self.filled: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def add(self, frame: pd.DataFrame) -> None:
        """Adds rows with columns of `RAW`; columns that are absent are missing values."""
        present = [name for name in RAW.names if name in frame]
        self.filled.update(present)
        self.rows += len(frame)
        arrays = {
            name: pa.array(frame[name], RAW.field(name).type, from_pandas=True, safe=False)
            if name in frame
            else pa.nulls(len(frame), RAW.field(name).type)
            for name in RAW.names
        }
        codes, listeners = pd.factorize(frame["listener"])
        bucket = (pd.util.hash_array(np.asarray(listeners, dtype=object)) % _BUCKETS).astype(np.int64)[codes]
        order = np.argsort(bucket, kind="stable")
        table = pa.table(arrays, RAW).take(pa.array(order))
        bounds = np.searchsorted(bucket[order], np.arange(_BUCKETS + 1))
        for number in np.unique(bucket).tolist():
            first, end = bounds[number], bounds[number + 1]
            self._file(number).write_table(table.slice(first, end - first))

    def parts(self) -> Iterator[pd.DataFrame]:
        """Yields all rows, those of a listener together, with the columns that were filled."""
        numbers = sorted(self._files)
        self._close()
        # Few rows are one part, so that small logs come sorted as a whole.
        tables: list[pa.Table] = []
        for number in numbers:
            tables.append(self._read(number))
            if sum(table.num_rows for table in tables) > _PART or number == numbers[-1]:
                yield pa.concat_tables(tables).to_pandas(types_mapper=_KINDS.get)
                tables = []

    def _read(self, number: int) -> pa.Table:
        """Reads a file and deletes it."""
        with pa.OSFile(str(self._path(number)), "rb") as file:
            table = pa.ipc.open_stream(file).read_all()
        self._path(number).unlink()
        return table.select([name for name in RAW.names if name in self.filled])

    def _file(self, number: int) -> pa.ipc.RecordBatchStreamWriter:
        if number not in self._files:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._files[number] = pa.ipc.new_stream(str(self._path(number)), RAW, options=options)
        return self._files[number]

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:02d}.arrow"

    def _close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files = {}
