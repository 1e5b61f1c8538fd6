"""Random tracks with the distributions and correlations of others."""

import numpy as np
import pandas as pd

from segue.features.arrays import Float32Array, Int64Array
from segue.features.catalog.track_generator import CHROMA, RELATIVE, TrackGenerator, relative_chroma
from segue.features.errors import UserError

TRACKS_PER_ARTIST = 5.0
"""Mean of the Pareto distribution of numbers of tracks, as in the demo catalogue."""

_CHUNK = 65_536
_MAX_SCORE, _TABLE_SIZE = 3.5, 16_384  # the lookup table covers normal scores up to ±_MAX_SCORE


def synthetic_tracks(n: int, seed: int, generator: TrackGenerator) -> pd.DataFrame:
    """Draws raw tracks from a Gaussian copula.

    Args:
        n: Number of tracks, at least 1.
        seed: Seed of the draws.
        generator: What the tracks are like.

    Returns:
        One row per track with the columns of the generator, id, title, artist and, if known, key.

    Raises:
        UserError: n is less than 1.
    """
    if n < 1:
        raise UserError(f"A synthetic catalogue of {n} tracks is impossible; choose at least 1.")
    names, mixing = generator.names, generator.mixing.T.astype(np.float32)
    own, shared = np.sqrt(1 - generator.artist_share), np.sqrt(generator.artist_share)
    rng = np.random.default_rng(seed)
    # A lookup table is several times faster than interpolating each value.
    scores = ((np.arange(_TABLE_SIZE) + 0.5) / _TABLE_SIZE * 2 - 1) * _MAX_SCORE
    values = [np.interp(scores, generator.knots, column) for column in generator.quantiles.T]
    table = np.column_stack(values).astype(np.float32)
    artist = _draw_artists(n, generator.artist_sizes, rng)
    of_artist = rng.standard_normal((artist.max() + 1, len(names)), dtype=np.float32)
    columns = {name: np.empty(n, dtype=np.float32) for name in names}
    for start in range(0, n, _CHUNK):
        rows = slice(start, min(start + _CHUNK, n))
        of_track = rng.standard_normal((rows.stop - start, len(names)), dtype=np.float32)
        z = (shared * of_artist[artist[rows]] + own * of_track) @ mixing
        step = np.clip((z + _MAX_SCORE) * (_TABLE_SIZE / (2 * _MAX_SCORE)), 0, _TABLE_SIZE - 1).astype(
            np.int64
        )
        for d, name in enumerate(names):
            columns[name][rows] = table[step[:, d], d]
    if "mode" in columns:
        columns["mode"] = np.rint(columns["mode"])
    if generator.has_key:
        columns["key"] = rng.integers(0, 12, n).astype(np.float32)
        if set(CHROMA) <= set(columns):
            _rotate_chroma_to_key(columns)
    for name, base in RELATIVE.items():
        if {name, base} <= set(columns):
            values_of_base = columns[base]
            columns[name] = (
                columns[name] * values_of_base if base == "tempo" else columns[name] + values_of_base
            )
    number = pd.Series(np.arange(n)).astype("str")
    text = {
        "id": "synthetic-" + number,
        "title": "Track " + number,
        "artist": "Artist " + pd.Series(artist).astype("str"),
    }
    return pd.DataFrame(text | columns, copy=False)


def _rotate_chroma_to_key(columns: dict[str, Float32Array]) -> None:
    """Rotates the chroma, which the model stores relative to the tonic, to the key that was drawn."""
    chroma = np.column_stack([columns[name] for name in CHROMA])
    rotated = relative_chroma(chroma / chroma.sum(axis=1, keepdims=True), -columns["key"])
    columns |= {name: rotated[:, k] for k, name in enumerate(CHROMA)}


def _draw_artists(n: int, sizes: Int64Array | None, rng: np.random.Generator) -> Int64Array:
    """Draws the artist (n,) of each track; numbers of tracks vary widely, as in real collections.

    Args:
        n: Number of tracks.
        sizes: Numbers of tracks to draw those of the artists from; None for a Pareto distribution.
        rng: Source of the draws.
    """
    if sizes is not None:
        drawn = rng.choice(sizes, size=n)
        return rng.permutation(np.repeat(np.arange(n), drawn)[:n])
    count = max(1, int(n / TRACKS_PER_ARTIST))
    share = rng.pareto(1.5, count) + 0.2
    _, artist = np.unique(rng.choice(count, size=n, p=share / share.sum()), return_inverse=True)
    return artist
