"""Plays of segue's own listeners: of a study, of one of its runs, or a table that `evaluate` returned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from segue.experiments.logs.columns import TEXT
from segue.experiments.logs.reading import ROWS, Reading
from segue.experiments.logs.sources.beginning import Beginning
from segue.experiments.logs.sources.log_files import damaged
from segue.features.errors import UserError

_PLAYS = ("episode", "position", "track_id", "listened", "skipped", "left")
_LABELS = ("environment", "agent", "seed")
"""Columns that the table of a study has before those of a run."""
_TRACKS = ("title", "artist", "duration")


def recognises(beginning: Beginning) -> bool:
    """Returns whether a file is a table of plays that an evaluation made."""
    return set(beginning.parquet) >= set(_PLAYS)


def read(beginnings: Sequence[Beginning], reading: Reading) -> Iterator[pd.DataFrame]:
    """Reads plays in pieces; see `LogFormat.read`."""
    for beginning in beginnings:
        if not recognises(beginning):
            raise UserError(f"'{beginning.file}' lacks columns of an evaluation ({', '.join(_PLAYS)}).")
        columns = [name for name in (*_LABELS, *_PLAYS) if name in beginning.parquet]
        tracks = _tracks(beginning)
        # The folder of a run has its environment, agent and seed in its name.
        run = beginning.file.path.resolve().parent.name if "agent" not in beginning.parquet else ""
        try:
            for batch in pq.ParquetFile(beginning.file.path).iter_batches(batch_size=ROWS, columns=columns):
                reading.counts.read += batch.num_rows
                if reading.on_bytes is not None:
                    reading.on_bytes(batch.nbytes)
                yield _plays(batch.to_pandas(), run, tracks)
        except (pa.ArrowException, OSError) as error:
            raise damaged(beginning.file, error) from error


def _tracks(beginning: Beginning) -> pd.DataFrame | None:
    """Reads names and lengths of the tracks from the table beside, by track."""
    path = beginning.file.path.with_name("tracks.parquet")
    if not path.is_file():
        return None
    try:
        tracks = pd.read_parquet(path)
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, error) from error
    if "track_id" not in tracks:
        return None
    known = tracks.reindex(columns=["track_id", *_TRACKS]).drop_duplicates("track_id").set_index("track_id")
    return known.rename(columns={"duration": "duration_s"})


def _plays(piece: pd.DataFrame, run: str, tracks: pd.DataFrame | None) -> pd.DataFrame:
    """Returns the columns of a log."""
    episode = piece["episode"].astype("string")
    if "agent" in piece:
        # All agents meet the same listener under one seed of an environment.
        listener = piece["environment"].astype("string") + "/" + episode
        agent = piece["agent"].astype("string") + "/" + piece["seed"].astype("string")
        session = piece["environment"].astype("string") + "/" + agent + "/" + episode
    else:
        environment = run.split("--")[0]
        listener, session = environment + "/" + episode, run + "/" + episode
    ids = piece["track_id"].astype("string")
    known = pd.DataFrame(index=piece.index) if tracks is None else tracks.reindex(ids).set_index(piece.index)
    left, skipped = piece["left"].astype(bool), piece["skipped"].astype(bool)
    listened = piece["listened"].clip(0, 1)
    return pd.DataFrame(
        {
            "listener": listener.astype(TEXT),
            "session": session.astype(TEXT),
            "order": piece["position"].astype("int64"),
            "track": ids.astype(TEXT),
            "listened": listened,
            "listened_s": listened * known["duration_s"] if "duration_s" in known else np.nan,
            "skipped": skipped.astype("boolean"),
            "end_reason": pd.Series(np.select([left, skipped], ["left", "skip"], "end"), index=piece.index),
            **{name: known[name] for name in known},
        }
    )
