"""The generator of synthetic tracks: a Gaussian copula with artists, fitted to the tracks of a catalogue."""

from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from segue.features.arrays import FloatArray, Int32Array, Int64Array
from segue.features.catalog.djmc_descriptors import COLUMNS as DJMC_COLUMNS
from segue.features.catalog.identity.artists import artist_codes
from segue.features.schema import LISTENING_FEATURES

ARTIST_SHARE = 0.35
"""`TrackGenerator.artist_share` where too few artists have several tracks to estimate it."""

LEVELS: FloatArray = np.round(np.linspace(0, 1, 33), 5)
"""Levels of the quantiles that describe the distribution of a column."""

CHROMA: tuple[str, ...] = tuple(f"chroma_{k}" for k in range(12))
"""Modelled relative to the tonic, since pieces are transposed freely."""

RELATIVE: dict[str, str] = {f"{base}_{p}": base for base in ("tempo", "loudness") for p in ("p10", "p90")}
"""Columns that are modelled relative to another one, which keeps percentiles in order."""

_MOST_TRACKS = 20_000  # of larger catalogues only this many are used, evenly spaced
_FEWEST_ARTISTS = 10

_WINDOWED = ("loudness", "energy", "valence", "timbre_0", "timbre_1", "timbre_2", "timbre_3")
MODELLED_COLUMNS: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *LISTENING_FEATURES,
            *("duration", "lead_silence", "trail_silence"),
            *_WINDOWED,
            *(f"{window}_{name}" for window in ("intro", "outro") for name in _WINDOWED),
            *DJMC_COLUMNS,
        )
    )
)


@dataclass(frozen=True, eq=False)
class TrackGenerator:
    """Describes tracks by the distribution of each column and the correlations of the normal scores.

    Attributes:
        names: The D columns.
        quantiles: (Q, D) quantiles of each column at `LEVELS`.
        correlation: (D, D) correlations of the columns' normal scores.
        has_key: Whether the tracks have a key.
        artist_share: Share of the variance of normal scores that is common to the tracks of an artist.
        artist_sizes: (A,) numbers of tracks of artists, from which those of other artists are drawn; None
            for a Pareto distribution.
    """

    names: tuple[str, ...]
    quantiles: FloatArray
    correlation: FloatArray
    has_key: bool = True
    artist_share: float = ARTIST_SHARE
    artist_sizes: Int64Array | None = None

    @staticmethod
    @cache
    def of_demo() -> "TrackGenerator":
        """Returns the generator of tracks like those of the demo catalogue."""
        data = resources.files("segue.features") / "data"
        with resources.as_file(data / "synthetic_quantiles.csv") as path:
            quantiles = pd.read_csv(path, index_col=0)
        with resources.as_file(data / "synthetic_correlation.csv") as path:
            correlation = pd.read_csv(path, index_col=0)
        return TrackGenerator(
            names=tuple(quantiles.columns),
            quantiles=quantiles.to_numpy(dtype=np.float64),
            correlation=correlation.to_numpy(dtype=np.float64),
        )

    @classmethod
    def fit(cls, tracks: pd.DataFrame, rows: Int64Array | None = None) -> "TrackGenerator":
        """Fits a generator to tracks.

        Missing values are left out, column by column; columns without any value are not generated.

        Args:
            tracks: Track table of a catalogue.
            rows: Indices of the tracks to fit to, at least one; None for all.
        """
        chosen = np.arange(len(tracks)) if rows is None else rows
        chosen = chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), _MOST_TRACKS)).astype(np.intp)]
        needed = [name for name in (*MODELLED_COLUMNS, "key", "artist") if name in tracks]
        here = tracks[needed].iloc[chosen]
        table = relative_columns(here).dropna(axis="columns", how="all")
        scores = ndtri((table.rank() - 0.5) / table.count())
        artists = artist_codes(here)
        return cls(
            names=tuple(table.columns),
            quantiles=table.quantile(LEVELS).to_numpy(dtype=np.float64),
            correlation=_positive_semidefinite(scores.corr().to_numpy(dtype=np.float64, copy=True)),
            has_key="key" in here and bool(here["key"].notna().any()),
            artist_share=_artist_share(scores.to_numpy(dtype=np.float64), artists),
            artist_sizes=_artist_sizes(artists),
        )

    @cached_property
    def knots(self) -> FloatArray:
        """(Q,) normal scores of `quantiles`."""
        return ndtri(np.clip(LEVELS, 5e-4, 1 - 5e-4))

    @cached_property
    def mixing(self) -> FloatArray:
        """(D, D) maps independent normal scores to scores with this correlation."""
        value, vector = np.linalg.eigh(self.correlation)
        return vector * np.sqrt(np.maximum(value, 0))


def relative_columns(tracks: pd.DataFrame) -> pd.DataFrame:
    """Returns the modelled columns, with chroma relative to the key and `RELATIVE` ones to their base."""
    frame = tracks[[name for name in MODELLED_COLUMNS if name in tracks]].copy()
    if {"key", *CHROMA} <= set(tracks):
        frame[list(CHROMA)] = relative_chroma(tracks[list(CHROMA)].to_numpy(), tracks["key"].to_numpy())
    for name, base in RELATIVE.items():
        if {name, base} <= set(frame):
            frame[name] = frame[name] / frame[base] if base == "tempo" else frame[name] - frame[base]
    return frame


def relative_chroma(chroma: NDArray[np.floating], key: NDArray[np.floating]) -> NDArray[np.floating]:
    """Rotates chroma (n, 12) so that pitch class `key` (n,) comes first; rows with a NaN key stay."""
    shift = np.where(np.isfinite(key), key, 0).astype(np.int64)
    return np.take_along_axis(chroma, (np.arange(12) + shift[:, None]) % 12, axis=1)


def _positive_semidefinite(correlation: FloatArray) -> FloatArray:
    """Repairs correlations that were estimated from different tracks or are unknown (of a constant)."""
    correlation[~np.isfinite(correlation)] = 0.0
    np.fill_diagonal(correlation, 1.0)
    value, vector = np.linalg.eigh(correlation)
    if value[0] >= 0:
        return correlation
    repaired = (vector * np.maximum(value, 0)) @ vector.T
    scale = np.sqrt(np.diag(repaired))
    return repaired / np.outer(scale, scale)


def _artist_share(scores: FloatArray, artists: Int32Array) -> float:
    """Estimates the correlation of two tracks of an artist, as the mean over columns and artists.

    Args:
        scores: (n, D) normal scores, NaN where missing.
        artists: (n,) artist of each track, -1 if unknown.
    """
    known = artists >= 0
    groups = pd.DataFrame(scores[known]).groupby(artists[known])
    count = groups.count().to_numpy()
    total, squares = groups.sum().to_numpy(), pd.DataFrame(scores[known] ** 2).groupby(artists[known]).sum()
    pairs = np.where(count > 1, count * (count - 1.0), np.nan)
    if (np.isfinite(pairs).any(axis=1)).sum() < _FEWEST_ARTISTS:
        return ARTIST_SHARE
    covariance = np.nanmean((total**2 - squares.to_numpy()) / pairs, axis=0)
    variance = np.nanvar(scores, axis=0)
    return float(np.clip(np.mean(covariance[variance > 0] / variance[variance > 0]), 0.0, 0.9))


def _artist_sizes(artists: Int32Array) -> Int64Array:
    """Returns the number of tracks of each known artist; one if all are unknown."""
    sizes = np.unique(artists[artists >= 0], return_counts=True)[1]
    return sizes.astype(np.int64) if sizes.size else np.ones(1, dtype=np.int64)
