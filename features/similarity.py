"""Which tracks sound alike: distances, nearest neighbours, groups, and the same recording twice."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segue.features.catalog import Catalog
from segue.features.errors import UserError

_CELLS = 50_000_000


def nearest(
    catalog: Catalog, track: int | Sequence[int], k: int = 10
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Finds the tracks nearest by the listening features, exactly.

    Args:
        catalog: The catalogue.
        track: One index or Q indices.
        k: How many neighbours, at most n - 1; the track itself is none.

    Returns:
        Indices (k,) or (Q, k), nearest first, and their Euclidean distances on ``catalog.sound``.

    Raises:
        UserError: When there are not so many other tracks.
    """
    if not 1 <= k < len(catalog):
        raise UserError(
            f"{catalog.name!r} has {len(catalog)} tracks: ask for 1 to {len(catalog) - 1} neighbours."
        )
    queries = np.atleast_1d(np.asarray(track, dtype=np.int64))
    found, distances = np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
    squares = (catalog.sound**2).sum(axis=1)
    chunk = max(1, _CELLS // len(catalog))
    for start in range(0, len(queries), chunk):
        rows = queries[start : start + chunk]
        square = squares[rows, None] + squares - 2 * catalog.sound[rows] @ catalog.sound.T
        square[np.arange(len(rows)), rows] = np.inf
        near = np.argpartition(square, k - 1, axis=1)[:, :k]
        # Recomputed from differences, since cancellation would blur the small distances.
        exact = np.linalg.norm(catalog.sound[near] - catalog.sound[rows, None], axis=2)
        order = np.argsort(exact, axis=1, kind="stable")
        found[start : start + chunk] = np.take_along_axis(near, order, axis=1)
        distances[start : start + chunk] = np.take_along_axis(exact, order, axis=1)
    return (found, distances) if np.ndim(track) else (found[0], distances[0])


def timbre_divergence(
    mean_a: NDArray[np.float64],
    cov_a: NDArray[np.float64],
    mean_b: NDArray[np.float64],
    cov_b: NDArray[np.float64],
) -> float:
    """Symmetrised Kullback-Leibler divergence of two Gaussians of MFCCs (Mandel & Ellis 2005).

    Args:
        mean_a: (D,) mean of the first.
        cov_a: (D, D) covariance of the first.
        mean_b: (D,) mean of the second.
        cov_b: (D, D) covariance of the second.

    Returns:
        KL(a || b) + KL(b || a), 0 for equal Gaussians.
    """
    inverse_a, inverse_b = np.linalg.inv(cov_a), np.linalg.inv(cov_b)
    step = mean_a - mean_b
    trace = np.trace(inverse_b @ cov_a) + np.trace(inverse_a @ cov_b) - 2 * len(mean_a)
    return float(0.5 * (trace + step @ (inverse_a + inverse_b) @ step))


def choose_clusters(catalog: Catalog, most: int = 12, seed: int = 0) -> tuple[int, NDArray[np.int32]]:
    """Groups the tracks into as many clusters as separate best.

    Args:
        catalog: The catalogue.
        most: Largest number of clusters tried; 2 is the smallest.
        seed: Seed of k-means and of the sample on which the silhouette is measured.

    Returns:
        The number of clusters with the highest mean silhouette, and the code of each track.
    """
    from sklearn.metrics import silhouette_score

    highest = min(most, len(catalog) - 1)
    if highest < 2:
        raise UserError(f"{catalog.name!r} has {len(catalog)} tracks, too few to group.")
    scores = {}
    for k in range(2, highest + 1):
        codes = catalog.clusters(k, seed)
        sample = min(2000, len(catalog)) if len(catalog) > 2000 else None
        scores[k] = silhouette_score(catalog.sound, codes, sample_size=sample, random_state=seed)
    best = max(scores, key=lambda k: scores[k])
    return best, catalog.clusters(best, seed)


def near_duplicates(catalog: Catalog) -> list[list[int]]:
    """Lists groups of tracks that are the same recording, by title and artist, content, or sound."""
    members = pd.Series(np.arange(len(catalog))).groupby(catalog.recording_codes).agg(list)
    return [group for group in members if len(group) > 1]
