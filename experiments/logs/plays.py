"""Tables of plays as Parquet files, read and written whole or in pieces of whole sessions."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from segue.experiments.logs.columns import OPTIONAL, REQUIRED, SCHEMA, TEXT, check
from segue.features.errors import UserError
from segue.features.existing_files import is_file, make_folder, what_else

PIECE = 250_000
"""Plays that are read or written at once."""

_METADATA_KEY = b"segue.plays"
_ALL = pa.unify_schemas([SCHEMA, OPTIONAL])


def read_plays(path: str | os.PathLike[str], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Reads a table of plays.

    Args:
        path: A Parquet file that `write_plays` or another program has written.
        columns: Names of the columns to read; all by default. The values are checked only then.

    Returns:
        One row per play, the rows of a session together, in the order of their positions; the columns are
        those of `segue.experiments.logs.columns`.

    Raises:
        UserError: The file is missing, is not a table of plays, or has values that are not valid.
    """
    file = _open(Path(path))
    return _read(file, file.schema_arrow.names if columns is None else columns, Path(path), columns is None)


def iterate_plays(
    path: str | os.PathLike[str],
    columns: Sequence[str] | None = None,
    rows: int = PIECE,
    progress: str | None = None,
) -> Iterator[pd.DataFrame]:
    """Reads a table of plays that need not fit into memory, in pieces of whole sessions.

    Args:
        path: As for `read_plays`.
        columns: Names of the columns to read; all by default. `session` is always among them.
        rows: Plays per piece, about.
        progress: Name of a progress bar to show on a terminal.

    Yields:
        Consecutive parts of what `read_plays` returns.

    Raises:
        UserError: As for `read_plays`.
    """
    file = _open(Path(path))
    names = list(file.schema_arrow.names if columns is None else dict.fromkeys(["session", *columns]))
    names = [name for name in _ALL.names if name in names]
    rest = _empty(names)
    hidden = None if progress else True  # None hides it where there is no terminal
    bar = tqdm(total=file.metadata.num_rows, unit=" plays", unit_scale=True, desc=progress, disable=hidden)
    try:
        for batch in file.iter_batches(batch_size=rows, columns=names):
            bar.update(batch.num_rows)
            piece = pd.concat([rest, _to_pandas(pa.Table.from_batches([batch]))], ignore_index=True)
            # The last session may continue in the next batch.
            last = piece["session"].iloc[-1]
            end = len(piece) - int(np.argmin((piece["session"] == last).to_numpy(dtype=bool)[::-1]))
            end = 0 if bool((piece["session"] == last).all()) else end
            if end:
                yield _checked(piece.iloc[:end].reset_index(drop=True), columns is None)
            rest = piece.iloc[end:]
    except (pa.ArrowException, OSError) as error:
        raise _damaged(Path(path), error) from error
    finally:
        bar.close()
    if len(rest):
        yield _checked(rest.reset_index(drop=True), columns is None)


def read_notes(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads the notes that were written with a table of plays; empty if there are none."""
    metadata = _open(Path(path)).metadata.metadata or {}
    try:
        notes = json.loads(metadata.get(_METADATA_KEY, b"{}"))
    except ValueError:
        notes = {}
    return notes if isinstance(notes, dict) else {}


def write_plays(
    frame: pd.DataFrame, path: str | os.PathLike[str], notes: Mapping[str, Any] | None = None
) -> Path:
    """Writes a table of plays; an older file of that name is replaced once the new one is complete.

    Args:
        frame: One row per play, the rows of a session together, in the order of their positions. It needs
            the columns `REQUIRED`; others of a table of plays are added without values, and columns that a
            table of plays does not have are left out.
        path: The Parquet file to write.
        notes: Facts to store with it, such as its source, as JSON.

    Returns:
        The file.

    Raises:
        UserError: The values are not valid.
    """
    optional = [name for name in OPTIONAL.names if name in frame]
    with PlaysWriter(path, optional, notes) as writer:
        writer.write(frame)
    return Path(path)


class PlaysWriter:
    """Writes a table of plays in pieces; the file appears once the block has succeeded.

    Args:
        path: The Parquet file to write.
        optional: Names of the columns of `OPTIONAL` that it has.
        notes: Facts to store with it, as JSON. Entries may be added until the block ends.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        optional: Sequence[str] = (),
        notes: Mapping[str, Any] | None = None,
    ) -> None:
        self.path = Path(path)
        self.notes = dict(notes or {})
        self._schema = pa.schema([*SCHEMA, *(OPTIONAL.field(name) for name in optional)])
        self._part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        self._file: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        make_folder(self.path.parent)
        self._file = pq.ParquetWriter(self._part, self._schema, compression="zstd")
        return self

    def write(self, frame: pd.DataFrame) -> None:
        """Adds whole sessions.

        Args:
            frame: As for `write_plays`; its sessions must differ from those before.
        """
        plays = check(frame)
        table = pa.Table.from_pandas(plays, self._schema, preserve_index=False, safe=False)
        assert self._file is not None, "write inside a with block"
        self._file.write_table(table.replace_schema_metadata(None), row_group_size=PIECE)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        try:
            if kind is None:
                self._file.add_key_value_metadata({_METADATA_KEY: json.dumps(self.notes).encode()})
            self._file.close()
            if kind is None:
                self._part.replace(self.path)
        finally:
            self._part.unlink(missing_ok=True)  # closing writes too, which a full disk refuses


def _open(path: Path) -> pq.ParquetFile:
    """Opens a Parquet file that has the columns `REQUIRED`."""
    if not is_file(path):
        if other := what_else(path):
            raise UserError(f"{str(path)!r} {other}; choose a table of plays.")
        raise UserError(f"There is no table of plays {str(path)!r}; make one with `segue logs convert`.")
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise UserError(
            f"{str(path)!r} is not a whole Parquet file; convert a log with `segue logs convert`."
        ) from error
    if lacking := [name for name in REQUIRED if name not in file.schema_arrow.names]:
        raise UserError(
            f"{str(path)!r} is not a table of plays, as it lacks {', '.join(lacking)}; convert a log with "
            "`segue logs convert`."
        )
    return file


def _read(file: pq.ParquetFile, columns: Sequence[str], path: Path, whole: bool) -> pd.DataFrame:
    names = [name for name in _ALL.names if name in columns]
    try:
        table = file.read(columns=names)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error
    return _checked(_to_pandas(table), whole)


def _checked(frame: pd.DataFrame, whole: bool) -> pd.DataFrame:
    return check(frame) if whole else frame


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    """Returns an Arrow table with the types of a table of plays."""
    kinds = {pa.string(): TEXT, pa.large_string(): TEXT, pa.bool_(): pd.BooleanDtype()}
    return table.replace_schema_metadata(None).to_pandas(types_mapper=kinds.get)


def _empty(names: Sequence[str]) -> pd.DataFrame:
    return _to_pandas(pa.schema([_ALL.field(name) for name in names]).empty_table())


def _damaged(path: Path, error: Exception) -> UserError:
    return UserError(
        f"{str(path)!r} is damaged ({type(error).__name__}); restore it from a copy, or make it again with "
        "`segue logs convert`."
    )
