"""Clustering with the number of clusters chosen by the silhouette coefficient (Rousseeuw 1987)."""

from segue.features.arrays import Int32Array
from segue.features.catalog.catalog import Catalog
from segue.features.errors import UserError

_SAMPLE = 2000
"""Tracks on which the silhouette of a larger catalogue is measured."""


def cluster_by_silhouette(catalog: Catalog, max_clusters: int = 12, seed: int = 0) -> tuple[int, Int32Array]:
    """Clusters the tracks, choosing the number of clusters that separates them best.

    Args:
        catalog: The catalogue.
        max_clusters: Largest number of clusters to try; the smallest is 2.
        seed: Seed of k-means and of the sample on which the silhouette is measured.

    Returns:
        The number of clusters k with the highest mean silhouette, and (n,) codes 0..k-1.

    Raises:
        UserError: The catalogue has fewer than 3 tracks.
    """
    from sklearn.metrics import silhouette_score

    highest = min(max_clusters, len(catalog) - 1)
    if highest < 2:
        raise UserError(
            f"Catalogue {catalog.name!r} has {len(catalog)} tracks, too few to cluster; use at least 3."
        )
    matrix = catalog.matrix_without_mode
    sample = _SAMPLE if len(catalog) > _SAMPLE else None
    scores = {
        k: silhouette_score(matrix, catalog.clusters(k, seed), sample_size=sample, random_state=seed)
        for k in range(2, highest + 1)
    }
    best = max(scores, key=lambda k: scores[k])
    return best, catalog.clusters(best, seed)
