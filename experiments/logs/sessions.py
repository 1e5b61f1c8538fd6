"""Sessions: those that a log knows, or those that end where nothing is played for some time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from segue.experiments.logs.columns import TEXT
from segue.experiments.logs.counts import Counts
from segue.features.arrays import BoolArray, Int64Array

_NOWHERE = np.iinfo(np.int64).min


def divide(plays: pd.DataFrame, gap: float, counts: Counts) -> pd.DataFrame:
    """Sorts the plays of some listeners, leaves out duplicates, and numbers sessions and positions.

    Plays are sorted by listener and time, those of a session that the log knows by their place in it, where
    they have one. Plays of the same time are sorted by their place, or stay in the order of the file, or in
    the reverse order if it is sorted from the newest to the oldest. A session ends where the next play of the
    listener begins more than `gap` after the last one ended. A play of unknown length lasts as long as the
    track, or no time if that is unknown too. Sessions that the log knows are kept; a log without times is one
    session per listener.

    Args:
        plays: All rows of these listeners, with columns of `RAW`.
        gap: Seconds.
        counts: Where duplicates are counted.

    Returns:
        The rows in order, with `session` and `position`.
    """
    known = "session" in plays
    plays = _sorted(plays, known)
    plays = counts.keep(plays, _duplicates(plays, known), "duplicates").reset_index(drop=True)
    listener = pd.factorize(plays["listener"])[0]
    if known:
        starts = _changes(pd.factorize(plays["session"])[0])
    else:
        starts = _changes(listener) | _after_gap(plays, gap)
    first = np.flatnonzero(starts)
    lengths = np.diff(np.append(first, len(plays)))
    plays["position"] = (np.arange(len(plays)) - np.repeat(first, lengths)).astype(np.int32)
    if not known:
        names = _session_names(plays["listener"].iloc[first])
        plays["session"] = names.array.take(np.repeat(np.arange(len(first)), lengths))
    return plays


def _sorted(plays: pd.DataFrame, known: bool) -> pd.DataFrame:
    """Returns the plays by listener, session if it is known, and time or place."""
    listener = pd.factorize(plays["listener"], sort=True)[0].astype(np.int64)
    time = _nanoseconds(plays)
    sequence = plays["sequence"].to_numpy(dtype=np.int64)
    place = plays["order"].fillna(0).to_numpy(dtype=np.int64) if "order" in plays else np.zeros_like(time)
    tie = np.where(_newest_first(listener, time, sequence)[listener], -sequence, sequence)
    keys: tuple[Any, ...] = (tie, place, time, listener)
    if known:
        session, names = pd.factorize(plays["session"])
        began = np.full(len(names), np.iinfo(np.int64).max)
        np.minimum.at(began, session, time)
        keys = (tie, time, place, session, began[session], listener)
    return plays.iloc[np.lexsort(keys)]


def _nanoseconds(plays: pd.DataFrame) -> Int64Array:
    """Returns the times to sort by as numbers; without any, all are the same."""
    if "at" not in plays:
        return np.full(len(plays), _NOWHERE, dtype=np.int64)
    return np.asarray(plays["at"].astype("datetime64[ns, UTC]").astype("int64"), dtype=np.int64)


def _newest_first(listener: Int64Array, time: Int64Array, sequence: Int64Array) -> BoolArray:
    """Returns for each listener whether the file is sorted from the newest play to the oldest."""
    order = np.lexsort((sequence, listener))
    who, when = listener[order], time[order]
    same = who[1:] == who[:-1]
    back = np.bincount(who[1:][same & (when[1:] < when[:-1])], minlength=int(listener.max(initial=0)) + 1)
    forth = np.bincount(who[1:][same & (when[1:] > when[:-1])], minlength=len(back))
    return np.asarray(back > forth)


def _duplicates(plays: pd.DataFrame, known: bool) -> pd.Series | BoolArray:
    """Returns which rows repeat another one: exports overlap, and files are named twice.

    Within a file whose times have no seconds, a track may have been skipped twice at one time, so there only
    plays of some length count as duplicates.
    """
    place = [name for name in (("session", "order") if known else ("at",)) if name in plays]
    if not place or (known and "order" not in plays):
        return np.zeros(len(plays), dtype=bool)
    keys = plays[["listener", *place, "track", *(["listened_s"] if "listened_s" in plays else [])]]
    if "coarse" not in plays or not plays["coarse"].any():
        return keys.duplicated()
    short = plays["coarse"].fillna(False) & ~(plays.get("listened_s", pd.Series(0.0, plays.index)) > 0)
    repeat = keys.assign(file=plays["file"]).groupby([*keys.columns, "file"], dropna=False).cumcount()
    return keys.assign(repeat=repeat.where(short, 0)).duplicated()


def _after_gap(plays: pd.DataFrame, gap: float) -> BoolArray:
    """Returns which plays begin more than a gap after the end of the row before."""
    if "time" not in plays:
        return np.zeros(len(plays), dtype=bool)
    lasting = plays.get("listened_s", pd.Series(np.nan, plays.index))
    lasting = lasting.fillna(plays["duration_s"]) if "duration_s" in plays else lasting
    # A play whose start is unknown is at its end.
    begin = plays["time"].fillna(plays["at"]).astype("int64").to_numpy() / 1e9
    end = begin + lasting.fillna(0).to_numpy()
    return np.append(True, begin[1:] - end[:-1] > gap) if len(plays) else np.zeros(0, dtype=bool)


def _session_names(listeners: pd.Series) -> pd.Series:
    """Numbers the sessions of each listener, in order."""
    number = listeners.groupby(listeners).cumcount().astype(str).str.zfill(6)
    return listeners.astype(TEXT) + "/" + number.astype(TEXT)


def _changes(codes: Int64Array) -> BoolArray:
    return np.diff(codes, prepend=-1) != 0
