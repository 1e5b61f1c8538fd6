"""Yambda, the data set of Yandex Music: `listens.parquet` or `multi_event.parquet`, flat or sequential.

Columns as in its card (huggingface.co/datasets/yandex/yambda) and in Ploshkin et al. (2025),
arXiv:2505.22238: `timestamp` is in seconds from an unknown origin, in steps of 5 s; it is taken as the end of
the play, since what was heard is known only then. `played_ratio_pct` above 100 means that parts were played
again. The data set does not say what was skipped: a play counts as skipped if less than half of the track was
heard, the card's own limit for a listen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from segue.experiments.logs.readers.times import from_epoch
from segue.experiments.logs.readers.values import to_names, to_numbers
from segue.experiments.logs.reading import ROWS, Reading
from segue.experiments.logs.sources.beginning import Beginning
from segue.experiments.logs.sources.log_files import damaged
from segue.features.errors import UserError

_COLUMNS = ("uid", "item_id", "timestamp", "event_type", "played_ratio_pct", "track_length_seconds")
_NEEDED = {"uid", "item_id", "timestamp", "played_ratio_pct"}
_LISTENED = 50
"""Per cent of a track that make a listen."""


def recognises(beginning: Beginning) -> bool:
    """Returns whether a file is a table of listens."""
    return set(beginning.parquet) >= _NEEDED


def read(beginnings: Sequence[Beginning], reading: Reading) -> Iterator[pd.DataFrame]:
    """Reads listens in pieces; see `LogFormat.read`."""
    for beginning in beginnings:
        if not recognises(beginning):
            raise UserError(f"'{beginning.file}' lacks columns of Yambda ({', '.join(sorted(_NEEDED))}).")
        names = [name for name in _COLUMNS if name in beginning.parquet]
        try:
            file = pq.ParquetFile(beginning.file.path)
            rows = max(1, int(file.metadata.num_rows))
            for batch in file.iter_batches(batch_size=ROWS, columns=names):
                if reading.on_bytes is not None:
                    reading.on_bytes(beginning.file.size * batch.num_rows // rows)
                for piece in _pieces(batch):
                    yield _plays(piece, reading)
        except (pa.ArrowException, OSError) as error:
            raise damaged(beginning.file, error) from error


def _pieces(batch: pa.RecordBatch) -> Iterator[pd.DataFrame]:
    """Yields the events of a batch, whose rows are events, or listeners with a list of events each."""
    if not _is_list(batch.schema.field("item_id").type):
        yield batch.to_pandas()
        return
    for at in range(0, batch.num_rows, 100):
        part = batch.slice(at, 100)
        parents = pa.compute.list_parent_indices(part["item_id"])
        lists = {name: pa.compute.list_flatten(part[name]) for name in part.schema.names if name != "uid"}
        yield pa.table({"uid": part["uid"].take(parents), **lists}).to_pandas()


def _is_list(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def _plays(piece: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    counts = reading.counts
    counts.read += len(piece)
    if "event_type" in piece:
        piece = counts.keep(
            piece, piece["event_type"].astype("string") != "listen", "events other than listens"
        )
    ratio = to_numbers(piece["played_ratio_pct"])
    piece = counts.keep(piece, (ratio < 0) | ratio.isna(), "listens without a played ratio of 0 or more")
    ratio = ratio[piece.index]
    counts.note("played ratios above 100 %, cut to 1", int((ratio > 100).sum()))
    length = to_numbers(piece.get("track_length_seconds", pd.Series(np.nan, index=piece.index)))
    length = length.where(length > 0)
    at = from_epoch(to_numbers(piece["timestamp"]))
    heard = length * ratio / 100
    return pd.DataFrame(
        {
            "listener": to_names(piece["uid"]),
            "at": at,
            "time": at - pd.to_timedelta(heard.where(heard < 86_400).fillna(0), unit="s"),
            "track": to_names(piece["item_id"]),
            "listened_s": heard,
            "listened": np.minimum(ratio / 100, 1),
            "skipped": (ratio < _LISTENED).astype("boolean"),
            "duration_s": length,
        }
    )
