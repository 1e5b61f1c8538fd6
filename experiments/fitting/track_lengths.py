"""How long the tracks of a log are, as far as the log or the catalogue says."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from segue.features import Catalog
from segue.features.arrays import FloatArray, Int64Array

ENDED = ("trackdone", "completed", "end")
"""Values of `end_reason` of plays that ended because the track did: Spotify's, and those of segue's logs."""


def track_lengths(plays: pd.DataFrame, track: Int64Array, catalog: Catalog | None) -> FloatArray:
    """Returns the length of the track of every play in s, NaN where nothing implies it, (N,).

    It is that of the log, of the catalogue, or what seconds and fraction of the play imply; else that of
    other plays of the track; else the seconds after which its plays ended by themselves. Of several plays,
    the median counts.

    Args:
        plays: The table of plays.
        track: Row of the catalogue, −1 for an unknown track, (N,).
        catalog: The catalogue; None if there is none.
    """
    length = _positive(numbers(plays, "duration_s"))
    if catalog is not None and catalog.has("duration"):
        known = _positive(np.where(track >= 0, catalog.raw("duration")[track], np.nan))
        length = np.where(np.isnan(length), known, length)
    listened, seconds = numbers(plays, "listened"), numbers(plays, "listened_s")
    with np.errstate(divide="ignore", invalid="ignore"):
        implied = _positive(seconds / listened)
    length = np.where(np.isnan(length), implied, length)
    ended = plays["end_reason"].isin(ENDED) if "end_reason" in plays else np.zeros(len(plays), np.bool_)
    for found in (length, np.where(ended, _positive(seconds), np.nan)):
        length = np.where(np.isnan(length), over_track(plays, found, "median"), length)
    return length


def over_track(plays: pd.DataFrame, values: FloatArray, how: Literal["max", "median"]) -> FloatArray:
    """Returns the largest or the median value of all plays of the same track, (N,)."""
    code = pd.Series(pd.factorize(plays["track"])[0])
    found = pd.Series(values).groupby(code.where(code >= 0)).transform(how)
    return found.to_numpy(np.float64)


def numbers(plays: pd.DataFrame, column: str) -> FloatArray:
    """Returns a column as numbers, NaN where there is none, (N,)."""
    if column not in plays:
        return np.full(len(plays), np.nan)
    return pd.to_numeric(plays[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _positive(values: FloatArray) -> FloatArray:
    return np.where((values > 0) & np.isfinite(values), values, np.nan)
