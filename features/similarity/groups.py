"""Which tracks sound alike: neighbours, distances, groups, and the same recording twice."""

import numpy as np
import pandas as pd

from segue.features.arrays import FloatArray, Int32Array
from segue.features.catalog.catalog import Catalog
from segue.features.errors import UserError
from segue.features.similarity.neighbours import nearest

__all__ = ["choose_clusters", "near_duplicates", "nearest", "timbre_divergence"]


def timbre_divergence(
    mean_a: FloatArray,
    cov_a: FloatArray,
    mean_b: FloatArray,
    cov_b: FloatArray,
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


def choose_clusters(catalog: Catalog, most: int = 12, seed: int = 0) -> tuple[int, Int32Array]:
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
        scores[k] = silhouette_score(
            catalog.matrix_without_mode, codes, sample_size=sample, random_state=seed
        )
    best = max(scores, key=lambda k: scores[k])
    return best, catalog.clusters(best, seed)


def near_duplicates(catalog: Catalog) -> list[list[int]]:
    """Lists groups of tracks that are the same recording, by title and artist, content, or sound."""
    members = pd.Series(np.arange(len(catalog))).groupby(catalog.recording_codes).agg(list)
    return [group for group in members if len(group) > 1]
