"""Rows linked in pairs, and the groups that result."""

import numpy as np
import pandas as pd

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
        (n,) codes from 0, in the order of the first rows.
    """
    # Written out, since importing SciPy takes several times as long as opening a catalogue.
    one, other = np.concatenate(links).T
    first = np.arange(n)  # a row of the same group, in the end the first one
    while (first[one] != first[other]).any():
        lowest = np.minimum(first[one], first[other])
        for rows in (first[one], first[other]):
            np.minimum.at(first, rows, lowest)
        while (first != first[first]).any():
            first = first[first]
    return np.unique(first, return_inverse=True)[1].astype(np.int32)
