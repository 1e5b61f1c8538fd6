"""Rows of logs that cannot be true are left out and counted, whatever program wrote them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segue.experiments.logs.columns import TEXT
from segue.experiments.logs.counts import Counts

EARLIEST = pd.Timestamp("1995-01-01", tz="UTC")
"""No player logged anything before; clocks that were never set say 1970."""
_LONGEST = 86_400.0
"""Seconds that one play may last."""


def clean(frame: pd.DataFrame, counts: Counts, *, dated: bool, latest: pd.Timestamp) -> pd.DataFrame:
    """Leaves out the rows of a log that cannot be true.

    Args:
        frame: Rows with columns of `RAW`.
        counts: Where they are counted.
        dated: Whether times are dates.
        latest: The present, beyond which no play can be.
    """
    frame = counts.keep(frame, _empty(frame["listener"]), "plays without a listener")
    frame = counts.keep(frame, _empty(frame["track"]), "plays without a track")
    if "session" in frame:
        frame = counts.keep(frame, _empty(frame["session"]), "plays without a session")
    elif "at" in frame:
        frame = counts.keep(frame, frame["at"].isna(), "plays without a time that can be read")
    if "at" in frame and dated:
        frame = counts.keep(frame, frame["at"] < EARLIEST, f"plays before {EARLIEST.year}")
        frame = counts.keep(frame, frame["at"] > latest, "plays in the future")
    if "listened_s" in frame:
        frame = counts.keep(frame, frame["listened_s"] < 0, "plays of a negative length")
        frame = counts.keep(frame, frame["listened_s"] > _LONGEST, "plays of more than a day")
    return _plausible(frame, counts)


def _empty(values: pd.Series) -> pd.Series:
    text = values.astype(TEXT)
    return text.isna() | (text == "")


def _plausible(frame: pd.DataFrame, counts: Counts) -> pd.DataFrame:
    """Sets fractions and lengths out of range to the limit or to missing."""
    columns = {}
    if "listened" in frame:
        outside = (frame["listened"] < 0) | (frame["listened"] > 1)
        counts.note("fractions outside 0 to 1, cut to the limit", int(outside.sum()))
        columns["listened"] = frame["listened"].clip(0, 1)
    if "duration_s" in frame:
        wrong = ~((frame["duration_s"] > 0) & (frame["duration_s"] < _LONGEST)) & frame["duration_s"].notna()
        counts.note("lengths of tracks that cannot be, set to unknown", int(wrong.sum()))
        columns["duration_s"] = frame["duration_s"].mask(wrong)
    frame = frame.assign(**columns) if columns else frame
    return _with_fractions(frame, counts)


def _with_fractions(frame: pd.DataFrame, counts: Counts) -> pd.DataFrame:
    """Completes the fractions heard where seconds and the length of the track are known."""
    if "listened_s" not in frame or "duration_s" not in frame:
        return frame
    stated = frame.get("listened", pd.Series(np.nan, frame.index))
    fraction = stated.fillna((frame["listened_s"] / frame["duration_s"]).clip(upper=1))
    counts.note(
        "fractions heard, computed from seconds and lengths", int((fraction.notna() & stated.isna()).sum())
    )
    return frame.assign(listened=fraction)
