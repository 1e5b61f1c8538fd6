"""The features of a track's start and end that transitions depend on, packed into one float row per track."""

import numpy as np
import pandas as pd

from segue.features.arrays import Float32Array, FloatArray
from segue.features.catalog.identity.artists import artist_codes
from segue.features.catalog.track_table import numeric_column

UNKNOWN = np.float32(-1e4)
"""Marks missing values in `Catalog.boundary_features`; far outside the range of any feature."""

_HUGE = 1e9
"""No value of any meaning; squares of smaller ones are finite in single precision."""

TIMBRE_AXES = 4

_STEPS = ("loudness", "energy", "valence")
BOUNDARY_FEATURES: tuple[str, ...] = (
    "intro_tempo",  # log2 of BPM
    "outro_tempo",
    "intro_key",  # mode * 12 + pitch class
    "outro_key",
    *(f"{window}_{name}" for name in _STEPS for window in ("intro", "outro")),
    *(f"{window}_timbre_{k}" for window in ("intro", "outro") for k in range(TIMBRE_AXES)),
    "lead_silence",  # s
    "trail_silence",
    "artist",  # code of the first credited artist
)
"""Columns of `Catalog.boundary_features`; unknown intro and outro values fall back on the whole track."""


def pack_boundary_features(tracks: pd.DataFrame) -> Float32Array:
    """Packs the columns that transitions need.

    Args:
        tracks: Raw columns of the schema; any may be missing.

    Returns:
        (n, P) columns as in `BOUNDARY_FEATURES`, no NaN; `UNKNOWN` where both the window and the whole
        track lack the value.
    """
    packed = np.full((len(tracks), len(BOUNDARY_FEATURES)), UNKNOWN, dtype=np.float32)
    for p, name in enumerate(BOUNDARY_FEATURES):
        values = _boundary_values(tracks, name)
        packed[:, p] = np.where(np.abs(values) < _HUGE, values, UNKNOWN)
    return packed


def _boundary_values(tracks: pd.DataFrame, name: str) -> FloatArray:
    """Returns one column of `BOUNDARY_FEATURES` (n,), NaN where unknown."""
    if name == "artist":
        codes = artist_codes(tracks).astype(np.float64)
        return np.where(codes >= 0, codes, np.nan)
    if name in ("lead_silence", "trail_silence"):
        return numeric_column(tracks, name)
    window, _, base = name.partition("_")
    if base == "tempo":
        bpm = _windowed(tracks, window, "tempo")
        return np.log2(np.where(bpm > 0, bpm, np.nan))
    if base == "key":
        # Key and mode belong together: a window's key is used only with that window's mode.
        near = _key_codes(tracks, f"{window}_")
        return np.where(np.isfinite(near), near, _key_codes(tracks, ""))
    return _windowed(tracks, window, base)


def _windowed(tracks: pd.DataFrame, window: str, base: str) -> FloatArray:
    """Returns a raw column of a window, filled from that of the whole track."""
    near = numeric_column(tracks, f"{window}_{base}")
    return np.where(np.isfinite(near), near, numeric_column(tracks, base))


def _key_codes(tracks: pd.DataFrame, prefix: str) -> FloatArray:
    """Returns mode * 12 + pitch class (n,), NaN unless both are those of a key: they index a table."""
    key, mode = numeric_column(tracks, f"{prefix}key"), numeric_column(tracks, f"{prefix}mode")
    known = np.isin(key, np.arange(12)) & np.isin(mode, (0, 1))
    return np.where(known, 12 * mode + key, np.nan)
