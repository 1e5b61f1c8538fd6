"""What every reader of a log is given, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa

from segue.experiments.logs.columns import OPTIONAL, SCHEMA
from segue.experiments.logs.counts import Counts
from segue.experiments.logs.sources.beginning import Beginning
from segue.experiments.logs.sources.log_files import OnBytes

ROWS = 200_000
"""Rows of a log that a reader returns at once."""

RAW = pa.schema(
    [
        *(field for field in SCHEMA if field.name != "position"),
        *(field for field in OPTIONAL if field.name != "track_id"),
        pa.field("order", pa.int64()),
        pa.field("at", pa.timestamp("ns", "UTC")),
        pa.field("coarse", pa.bool_()),
        pa.field("file", pa.int64()),
        pa.field("sequence", pa.int64()),
    ]
)
"""Columns of the frames that readers return; those that a log cannot fill are absent.

Beside the columns of a table of plays there are

| column | meaning |
|---|---|
| `session` | the session, where the log knows it; such sessions are not cut at gaps |
| `order` | place in a session that the log knows |
| `at` | the time to sort by: when the play ended or began, whichever the log states |
| `coarse` | whether that time has no seconds |
| `file`, `sequence` | number of the file, and of the row among all rows |
"""


@dataclass
class Reading:
    """What a reader needs beside the files.

    Attributes:
        counts: Where it counts what it leaves out or changes.
        listener: Name of the listener of a log that names none; by default `listener-` and the number of its
            source, see `LogFile.source`.
        columns: A YAML file with names of columns, for tables of other programs.
        on_bytes: Called with the number of bytes whenever some were read.
    """

    counts: Counts = field(default_factory=Counts)
    listener: str | None = None
    columns: Path | None = None
    on_bytes: OnBytes | None = None

    def listener_of(self, beginning: Beginning) -> str:
        """Returns the name of the listener of a log that names none."""
        return self.listener or f"listener-{beginning.file.source}"


@dataclass(frozen=True)
class LogFormat:
    """A format of listening logs.

    Attributes:
        name: Its name in `--format`.
        description: What it is.
        recognises: Whether a file has this format.
        read: Reads files of this format in pieces, each with the columns of `RAW` that the log can fill.
        dated: Whether its times are dates, and not seconds from an unknown origin.
    """

    name: str
    description: str
    recognises: Callable[[Beginning], bool]
    read: Callable[[Sequence[Beginning], Reading], Iterator[pd.DataFrame]]
    dated: bool = True
