"""Random catalogues with the distributions and correlations of the demo catalogue."""

from functools import cache
from importlib import resources

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from segue.features.arrays import Float32Array, FloatArray, Int64Array
from segue.features.errors import UserError

ARTIST_SHARE = 0.35
"""Share of the normal scores' variance that is common to the tracks of one artist."""

TRACKS_PER_ARTIST = 5.0

_CHUNK = 65_536
_MAX_SCORE, _TABLE_SIZE = 3.5, 16_384  # the lookup table covers normal scores up to ±_MAX_SCORE


@cache
def _model() -> tuple[tuple[str, ...], FloatArray, FloatArray, FloatArray]:
    """Returns column names, knots as normal scores (Q,), quantiles (Q, D), and the mixing matrix (D, D)."""
    data = resources.files("segue.features") / "data"
    with resources.as_file(data / "synthetic_quantiles.csv") as path:
        quantiles = pd.read_csv(path, index_col=0)
    with resources.as_file(data / "synthetic_correlation.csv") as path:
        correlation = pd.read_csv(path, index_col=0)
    levels = np.clip(quantiles.index.to_numpy(dtype=np.float64), 5e-4, 1 - 5e-4)
    value, vector = np.linalg.eigh(correlation.to_numpy(dtype=np.float64))
    mixing = vector * np.sqrt(np.maximum(value, 0))
    return tuple(quantiles.columns), ndtri(levels), quantiles.to_numpy(dtype=np.float64), mixing


def synthetic_tracks(n: int, seed: int = 0) -> pd.DataFrame:
    """Draws raw tracks from a Gaussian copula.

    Args:
        n: Number of tracks, at least 1.
        seed: Seed of the generator.

    Returns:
        One row per track with the columns of `data/synthetic_quantiles.csv`, key, title and artist.

    Raises:
        UserError: n is less than 1.
    """
    if n < 1:
        raise UserError(f"A synthetic catalogue of {n} tracks is impossible; choose at least 1.")
    names, knots, quantiles, mixing = _model()
    rng = np.random.default_rng(seed)
    # A lookup table is several times faster than interpolating each value.
    scores = ((np.arange(_TABLE_SIZE) + 0.5) / _TABLE_SIZE * 2 - 1) * _MAX_SCORE
    values = np.column_stack([np.interp(scores, knots, column) for column in quantiles.T]).astype(np.float32)
    artist = _draw_artists(n, rng)
    of_artist = rng.standard_normal((artist.max() + 1, len(names)), dtype=np.float32)
    columns = {name: np.empty(n, dtype=np.float32) for name in names}
    for start in range(0, n, _CHUNK):
        rows = slice(start, min(start + _CHUNK, n))
        of_track = rng.standard_normal((rows.stop - start, len(names)), dtype=np.float32)
        z = np.sqrt(ARTIST_SHARE) * of_artist[artist[rows]] + np.sqrt(1 - ARTIST_SHARE) * of_track
        z = z @ mixing.T.astype(np.float32)
        step = np.clip((z + _MAX_SCORE) * (_TABLE_SIZE / (2 * _MAX_SCORE)), 0, _TABLE_SIZE - 1).astype(
            np.int64
        )
        for d, name in enumerate(names):
            columns[name][rows] = values[step[:, d], d]
    columns["mode"] = np.rint(columns["mode"])
    columns["key"] = rng.integers(0, 12, n).astype(np.float32)
    _rotate_chroma_to_key(columns)
    # The model stores percentiles relative to the central value, which keeps them in order.
    for end in ("p10", "p90"):
        columns[f"tempo_{end}"] *= columns["tempo"]
        columns[f"loudness_{end}"] += columns["loudness"]
    number = pd.Series(np.arange(n)).astype("str")
    text = {
        "id": "synthetic-" + number,
        "title": "Track " + number,
        "artist": "Artist " + pd.Series(artist).astype("str"),
    }
    return pd.DataFrame(text | columns, copy=False)


def _rotate_chroma_to_key(columns: dict[str, Float32Array]) -> None:
    """Rotates the chroma, which the model stores relative to the tonic, to the key that was drawn."""
    names = [f"chroma_{k}" for k in range(12)]
    chroma = np.column_stack([columns[name] for name in names])
    rotated = relative_chroma(chroma / chroma.sum(axis=1, keepdims=True), -columns["key"])
    columns |= {name: rotated[:, k] for k, name in enumerate(names)}


def relative_chroma(chroma: NDArray[np.floating], key: NDArray[np.floating]) -> NDArray[np.floating]:
    """Rotates chroma (n, 12) so that pitch class `key` (n,) comes first; rows with a NaN key stay."""
    shift = np.where(np.isfinite(key), key, 0).astype(np.int64)
    return np.take_along_axis(chroma, (np.arange(12) + shift[:, None]) % 12, axis=1)


def _draw_artists(n: int, rng: np.random.Generator) -> Int64Array:
    """Draws the artist (n,) of each track; numbers of tracks vary widely, as in real collections."""
    count = max(1, int(n / TRACKS_PER_ARTIST))
    share = rng.pareto(1.5, count) + 0.2
    _, artist = np.unique(rng.choice(count, size=n, p=share / share.sum()), return_inverse=True)
    return artist
