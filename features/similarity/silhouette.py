"""Clustering with the number of clusters chosen by the silhouette coefficient (Rousseeuw 1987)."""

import numpy as np

from segue.features.arrays import Float32Array, Int32Array
from segue.features.catalog.catalog import Catalog
from segue.features.errors import UserError, counted

_SAMPLE = 2000
"""Tracks on which the silhouette of a larger catalogue is measured."""


def cluster_by_silhouette(catalog: Catalog, max_clusters: int = 12, seed: int = 0) -> tuple[int, Int32Array]:
    """Clusters the tracks, choosing the number of clusters that separates them best.

    Args:
        catalog: The catalogue.
        max_clusters: Largest number of clusters to try; the smallest is 2.
        seed: Seed of k-means and of the sample on which the silhouette is measured.

    Returns:
        The number of clusters k with the highest mean silhouette, and (n,) codes 0..k-1; one cluster if no
        two tracks differ.

    Raises:
        UserError: The catalogue has fewer than 3 tracks.
    """
    if len(catalog) < 3:
        raise UserError(
            f"Catalogue {catalog.name!r} has {counted(len(catalog), 'track')}, too few to cluster; use at "
            "least 3."
        )
    matrix = catalog.matrix_without_mode
    highest = min(max_clusters, len(catalog) - 1, len(np.unique(matrix, axis=0)))
    scores = {k: _silhouette(matrix, catalog.clusters(k, seed), seed) for k in range(2, highest + 1)}
    best = max(scores, key=lambda k: scores[k], default=1)
    return best, catalog.clusters(best, seed)


def _silhouette(matrix: Float32Array, codes: Int32Array, seed: int) -> float:
    """Returns the mean silhouette of clusters, on a sample of many tracks; -1 if the sample has only one."""
    from sklearn.metrics import silhouette_score
    from sklearn.utils import check_random_state

    if len(matrix) > _SAMPLE:
        sample = check_random_state(seed).permutation(len(matrix))[:_SAMPLE]
        matrix, codes = matrix[sample], codes[sample]
    return float(silhouette_score(matrix, codes)) if len(np.unique(codes)) > 1 else -1.0
