"""Clusters of rows by k-means, and rows assigned to existing clusters."""

from importlib.metadata import version

import numpy as np

from segue.features.arrays import Float32Array, Int32Array
from segue.features.errors import UserError
from segue.features.user_cache import recall, remember

_MINI_BATCH_ROWS = 20_000
"""Above this many rows, k-means runs on mini-batches."""

_SETTINGS = {"KMeans": {"n_init": 4}, "MiniBatchKMeans": {"n_init": 4, "batch_size": 4096}}

_FAR_AWAY = 1e3  # percentiles lie in [0, 1]


def kmeans_codes(matrix: Float32Array, k: int, seed: int) -> Int32Array:
    """Clusters rows by k-means, or finds the codes in the user's cache.

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
    method = "KMeans" if len(matrix) <= _MINI_BATCH_ROWS else "MiniBatchKMeans"
    settings = {**_SETTINGS[method], "random_state": seed}
    versions = {library: version(library) for library in ("scikit-learn", "numpy")}
    described = f"{method} {k} {settings} {versions} {matrix.shape} {matrix.dtype.str}\n"
    key, stored = described.encode() + matrix.tobytes(), np.min_scalar_type(k - 1)
    # Importing scikit-learn takes longer than clustering most catalogues.
    known = recall("clusters", key)
    if known is not None and len(known) == len(matrix) * stored.itemsize:
        return np.frombuffer(known, stored).astype(np.int32)
    from sklearn import cluster

    codes = np.asarray(getattr(cluster, method)(k, **settings).fit_predict(matrix), dtype=np.int32)
    remember("clusters", key, codes.astype(stored).tobytes())
    return codes


def cluster_means(matrix: Float32Array, codes: Int32Array, k: int) -> Float32Array:
    """Computes the mean of each cluster.

    Args:
        matrix: (n, F) rows.
        codes: (n,) their clusters, 0..k-1.
        k: Number of clusters.

    Returns:
        (k, F) means; that of a cluster without rows is far away from all rows.
    """
    found = np.full((k, matrix.shape[1]), _FAR_AWAY, dtype=np.float32)
    for code in np.unique(codes):
        found[code] = matrix[codes == code].mean(axis=0)
    return found


def codes_of_nearest_mean(matrix: Float32Array, means: Float32Array) -> Int32Array:
    """Assigns each row (n, F) to the cluster whose mean (k, F) is nearest; returns codes (n,)."""
    exact = means.astype(np.float64)
    squares = (exact**2).sum(axis=1)
    # |x − m|² without |x|², which is the same for all clusters.
    return np.argmin(squares - 2.0 * (matrix @ exact.T), axis=1).astype(np.int32)
