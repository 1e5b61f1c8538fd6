"""Conversion of listening logs of any size to a table of plays."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd
from tqdm import tqdm

from segue.experiments.formatting import counted
from segue.experiments.logs.buckets import Buckets
from segue.experiments.logs.cleaning import clean
from segue.experiments.logs.columns import OPTIONAL
from segue.experiments.logs.counts import Counts
from segue.experiments.logs.formats import recognise
from segue.experiments.logs.plays import PlaysWriter
from segue.experiments.logs.reading import LogFormat, Reading
from segue.experiments.logs.sessions import divide
from segue.experiments.logs.sources.beginning import Beginning
from segue.experiments.logs.sources.log_files import find_files
from segue.features.errors import UserError
from segue.features.existing_files import make_folder

GAP = 30.0
"""Minutes without a play that end a session, by default."""


@dataclass(frozen=True)
class LogConversion:
    """What a conversion has read and written.

    Attributes:
        format: Name of the format of the files.
        description: What it is.
        files: Number of files.
        read: Rows or entries read.
        plays: Rows of the table of plays.
        sessions: Sessions in it.
        listeners: Listeners in it.
        left_out: Rows, and files of a folder or an archive, that were left out, by reason.
        changed: Values that were changed or derived, by what was done.
    """

    format: str
    description: str
    files: int
    read: int
    plays: int
    sessions: int
    listeners: int
    left_out: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [
            f"Read {counted(self.read, 'row')} of {counted(self.files, 'file')} as {self.format} "
            f"({self.description}).",
            f"{counted(self.plays, 'play')} of {counted(self.listeners, 'listener')} in "
            f"{counted(self.sessions, 'session')}.",
        ]
        for title, numbers in (("Left out", self.left_out), ("Changed", self.changed)):
            lines += [f"{title}:", *(f"  {what}: {count:,}" for what, count in numbers.items())] * bool(
                numbers
            )
        return "\n".join(lines if self.left_out else [*lines, "Left out: nothing."])


def convert_logs(
    paths: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    format: str = "auto",
    gap: float = GAP,
    listener: str | None = None,
    columns: Path | None = None,
    progress: bool = True,
) -> LogConversion:
    """Converts listening logs to a table of plays.

    Memory does not grow with the size of the files, but with the number of plays of one listener.

    Args:
        paths: Files, folders and zip archives of one format.
        out: The Parquet file to write.
        format: A name in `FORMATS`, or `"auto"` to recognise it from the contents.
        gap: Minutes without a play that end a session.
        listener: Name of the one listener of all logs that name none; by default each folder and each archive
            has one, and files belong to their folder.
        columns: A YAML file with the names of columns; implies the format `columns`.
        progress: Whether to show a progress bar on stderr.

    Raises:
        UserError: The files cannot be read, have no known format, or contain no plays.
    """
    if not 0 < gap < 1e6:
        raise UserError(f"The gap must be a number of minutes above 0, but is {gap:g}.")
    counts, out = Counts(), Path(out)
    files = find_files([Path(path) for path in paths])
    chosen, beginnings = recognise(files, "columns" if columns is not None else format, counts)
    make_folder(out.parent)
    total = sum(beginning.file.size for beginning in beginnings)
    with (
        tempfile.TemporaryDirectory(prefix=".segue-logs-", dir=out.parent) as folder,
        Buckets(Path(folder)) as buckets,
        tqdm(total=total, unit="B", unit_scale=True, desc="read", disable=not progress or None) as bar,
    ):
        reading = Reading(counts, listener, columns, bar.update)
        _collect(chosen, beginnings, reading, buckets)
        if not buckets.rows:
            raise _no_plays(beginnings, counts)
        bar.unit = " plays"
        bar.reset(total=buckets.rows)
        bar.set_description("sort")
        notes = {"format": chosen.name, "dated": chosen.dated, "gap_minutes": gap, "read": counts.read}
        with PlaysWriter(out, [name for name in OPTIONAL.names if name in buckets.filled], notes) as writer:
            sizes = _write(buckets, writer, gap * 60, counts, bar)
            writer.notes |= {"left_out": dict(counts.left_out), "changed": dict(counts.changed)}
    return LogConversion(
        chosen.name,
        chosen.description,
        len(beginnings),
        counts.read,
        *sizes,
        dict(counts.left_out),
        dict(counts.changed),
    )


def _collect(chosen: LogFormat, beginnings: Sequence[Beginning], reading: Reading, buckets: Buckets) -> None:
    """Reads all files into the buckets."""
    latest = pd.Timestamp.now("UTC") + pd.Timedelta(days=1)  # the clock of a player may be ahead
    sequence = 0
    for piece in chosen.read(beginnings, reading):
        frame = clean(piece, reading.counts, dated=chosen.dated, latest=latest)
        if len(frame):
            buckets.add(frame.assign(sequence=np.arange(sequence, sequence + len(frame))))
            sequence += len(frame)


def _write(
    buckets: Buckets, writer: PlaysWriter, gap: float, counts: Counts, bar: tqdm[NoReturn]
) -> tuple[int, int, int]:
    """Divides the plays into sessions and writes them.

    Returns:
        The number of plays, sessions and listeners.
    """
    sizes = np.zeros(3, dtype=np.int64)
    for part in buckets.parts():
        bar.update(len(part))
        plays = divide(part, gap, counts)
        writer.write(plays)
        sizes += (len(plays), int((plays["position"] == 0).sum()), plays["listener"].nunique())
    return int(sizes[0]), int(sizes[1]), int(sizes[2])


def _no_plays(beginnings: Sequence[Beginning], counts: Counts) -> UserError:
    reasons = ", ".join(f"{reason}: {number:,}" for reason, number in counts.left_out.items())
    left_out = f" (left out: {reasons})" if reasons else ""
    return UserError(f"'{beginnings[0].file}' has no plays of music{left_out}; choose another file.")
