"""Groups of tracks: the same recording, similar sound, and the parts of a split."""

import hashlib

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from segue.features.errors import UserError


def recording_codes(tracks: pd.DataFrame) -> NDArray[np.int32]:
    """Numbers the recordings: equal title and artist, or equal content hash, is the same recording.

    Args:
        tracks: Table with ``title``, ``artist`` and perhaps ``content_hash``.

    Returns:
        (n,) codes from 0; tracks without title or artist are told apart by content alone.
    """
    n = len(tracks)
    own = np.arange(n)
    named = (tracks["title"] != "") & (tracks["artist"] != "")
    keys = (tracks["title"].str.casefold() + "\x00" + tracks["artist"].str.casefold()).where(named)
    edges = [_first_with_same(keys)]
    if "content_hash" in tracks:
        edges.append(_first_with_same(tracks["content_hash"].where(tracks["content_hash"] != "")))
    to = np.concatenate(edges)
    graph = coo_array((np.ones(len(to), dtype=np.int8), (np.tile(own, len(edges)), to)), shape=(n, n))
    _, codes = connected_components(graph, directed=False)
    return np.asarray(codes, dtype=np.int32)


def _first_with_same(keys: pd.Series) -> NDArray[np.int64]:
    """For each row the first row with the same key; itself where the key is missing."""
    own = np.arange(len(keys))
    code, uniques = pd.factorize(keys)
    first = np.full(len(uniques), len(keys), dtype=np.int64)
    np.minimum.at(first, code[code >= 0], own[code >= 0])
    return np.where(code >= 0, first[np.maximum(code, 0)] if len(first) else own, own)


def recording_hash(tracks: pd.DataFrame, codes: NDArray[np.int32], seed: int) -> NDArray[np.float64]:
    """Gives each recording a number in [0, 1) that follows from its first id alone.

    Args:
        tracks: Table with ``id``.
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


def clusters(matrix: NDArray[np.float32], k: int, seed: int) -> NDArray[np.int32]:
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
