"""Clusters of rows by k-means, and rows assigned to existing clusters."""

import numpy as np

from segue.features.arrays import Float32Array, Int32Array
from segue.features.errors import UserError

_MINI_BATCH_ROWS = 20_000
"""Above this many rows, k-means runs on mini-batches."""


def kmeans_codes(matrix: Float32Array, k: int, seed: int) -> Int32Array:
    """Clusters rows by k-means.

    Args:
        matrix: (n, F) percentiles.
        k: Number of clusters, 1..n.
        seed: Seed of the initial centres.

    Returns:
        (n,) codes 0..k-1.

    Raises:
        UserError: k is not in 1..n.
    """
    if not 1 <= k <= len(matrix):
        raise UserError(f"Cannot make {k} clusters of {len(matrix)} tracks; choose 1 to {len(matrix)}.")
    from sklearn.cluster import KMeans, MiniBatchKMeans

    if len(matrix) <= _MINI_BATCH_ROWS:
        labels = KMeans(k, n_init=4, random_state=seed).fit_predict(matrix)
    else:
        labels = MiniBatchKMeans(k, n_init=4, batch_size=4096, random_state=seed).fit_predict(matrix)
    return np.asarray(labels, dtype=np.int32)


def codes_of_nearest_mean(
    matrix: Float32Array, reference: Float32Array, reference_codes: Int32Array
) -> Int32Array:
    """Assigns each row to the cluster of a reference whose mean is nearest.

    Args:
        matrix: (n, F) rows to assign.
        reference: (m, F) rows whose clusters are known.
        reference_codes: (m,) their codes 0..k-1, no cluster empty.

    Returns:
        (n,) codes 0..k-1.
    """
    from sklearn.metrics import pairwise_distances_argmin

    n_clusters = reference_codes.max() + 1
    means = np.stack([reference[reference_codes == code].mean(axis=0) for code in range(n_clusters)])
    return np.asarray(pairwise_distances_argmin(matrix, means), dtype=np.int32)
