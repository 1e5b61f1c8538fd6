"""Groups of tracks: similar sound, and the parts of a split."""

import hashlib

import numpy as np
import pandas as pd

from segue.features.arrays import Float32Array, FloatArray, Int32Array
from segue.features.errors import UserError


def recording_hash(tracks: pd.DataFrame, codes: Int32Array, seed: int) -> FloatArray:
    """Gives each recording a number in [0, 1) that follows from its first id alone.

    Args:
        tracks: Table with `id`.
        codes: (n,) recording of each track.
        seed: Salt of the hash.
    """
    salt = seed.to_bytes(8, "little", signed=True)
    ids = tracks["id"].groupby(codes).min()
    of_code = [
        int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8, salt=salt).digest(), "little")
        for key in ids
    ]
    return (np.array(of_code, dtype=np.float64) / 2.0**64)[np.searchsorted(ids.index.to_numpy(), codes)]


def clusters(matrix: Float32Array, k: int, seed: int) -> Int32Array:
    """Groups rows by k-means.

    Args:
        matrix: (n, F) percentiles.
        k: Number of groups, 1..n.
        seed: Seed of the starting centres.

    Returns:
        (n,) codes 0..k-1.

    Raises:
        UserError: When k is not in 1..n.
    """
    if not 1 <= k <= len(matrix):
        raise UserError(f"{k} clusters cannot be made of {len(matrix)} tracks: use 1 to {len(matrix)}.")
    from sklearn.cluster import KMeans, MiniBatchKMeans

    if len(matrix) <= 20_000:
        labels = KMeans(k, n_init=4, random_state=seed).fit_predict(matrix)
    else:
        labels = MiniBatchKMeans(k, n_init=4, batch_size=4096, random_state=seed).fit_predict(matrix)
    return np.asarray(labels, dtype=np.int32)


def nearest(matrix: Float32Array, grouped: Float32Array, codes: Int32Array) -> Int32Array:
    """Puts rows into groups of other rows, each into the one with the nearest mean.

    Args:
        matrix: (n, F) rows to group.
        grouped: (m, F) rows of known groups.
        codes: (m,) their groups, 0..k-1, none of them empty.

    Returns:
        (n,) codes 0..k-1.
    """
    from sklearn.metrics import pairwise_distances_argmin

    means = np.stack([grouped[codes == code].mean(axis=0) for code in range(codes.max() + 1)])
    return np.asarray(pairwise_distances_argmin(matrix, means), dtype=np.int32)
