"""Rows linked in pairs, and the groups that result."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from segue.features.arrays import Int32Array, Int64Array


def linked_to_first(keys: pd.Series) -> Int64Array:
    """Returns (m, 2) pairs: each row with a key, and the first row with the same key."""
    code, uniques = pd.factorize(keys)
    rows = np.flatnonzero(code >= 0)
    first = np.full(len(uniques), len(keys), dtype=np.int64)
    np.minimum.at(first, code[rows], rows)
    return np.column_stack([rows, first[code[rows]]])


def linked_groups(n: int, *links: Int64Array) -> Int32Array:
    """Numbers the groups of n rows that pairs (m, 2) link directly or in a chain.

    Returns:
        (n,) codes from 0.
    """
    pairs = np.concatenate(links)
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, codes = connected_components(graph, directed=False)
    return np.asarray(codes, dtype=np.int32)
