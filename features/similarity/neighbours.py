"""Nearest neighbours by sound: exact, or through an approximate index where that pays."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segue.features.arrays import Float32Array, Int64Array
from segue.features.catalog.catalog import Catalog
from segue.features.errors import UserError

LARGE = 20_000
"""Tracks above which an index may be built; below, looking at all of them is as fast."""

FEW = 500
"""Queries under which looking at all tracks costs less than building the index."""

_CELLS = 50_000_000
_LINKS, _BUILD_EFFORT, _SEARCH_EFFORT = 12, 100, 100  # of the graph: links a track, candidates kept in mind

Found = tuple[Int64Array, Float32Array]


def nearest(catalog: Catalog, track: int | Sequence[int] | NDArray[np.integer], k: int = 10) -> Found:
    """Finds the tracks nearest by the listening features.

    Exact up to `LARGE` tracks, and above for fewer than `FEW` queries; otherwise by a hierarchical
    navigable small world graph (Malkov & Yashunin 2018), built once for the catalogue and kept, which
    finds more than 99 of 100 neighbours.

    Args:
        catalog: The catalogue.
        track: One index or Q indices.
        k: How many neighbours, at most n - 1; the track itself is none.

    Returns:
        Indices (k,) or (Q, k), nearest first, and their Euclidean distances on `catalog.matrix_without_mode`.

    Raises:
        UserError: When there are not so many other tracks.
    """
    if not 1 <= k < len(catalog):
        raise UserError(
            f"{catalog.name!r} has {len(catalog)} tracks: ask for 1 to {len(catalog) - 1} neighbours."
        )
    queries = np.atleast_1d(np.asarray(track, dtype=np.int64))
    near = (exactly if len(catalog) <= LARGE or len(queries) < FEW else approximately)(catalog, queries, k)
    # Recomputed from differences, since cancellation would blur the small distances.
    distances = np.empty(near.shape, dtype=np.float32)
    for column in range(k):
        distances[:, column] = np.linalg.norm(
            catalog.matrix_without_mode[near[:, column]] - catalog.matrix_without_mode[queries], axis=1
        )
    order = np.argsort(distances, axis=1, kind="stable")
    near, distances = np.take_along_axis(near, order, axis=1), np.take_along_axis(distances, order, axis=1)
    return (near, distances) if np.ndim(track) else (near[0], distances[0])


def exactly(catalog: Catalog, queries: Int64Array, k: int) -> Int64Array:
    """The k nearest other tracks of each query (Q, k), in no particular order, by comparing with all."""
    found = np.empty((len(queries), k), np.int64)
    squares = (catalog.matrix_without_mode**2).sum(axis=1)
    chunk = max(1, _CELLS // len(catalog))
    for start in range(0, len(queries), chunk):
        rows = queries[start : start + chunk]
        square = (
            squares[rows, None]
            + squares
            - 2 * catalog.matrix_without_mode[rows] @ catalog.matrix_without_mode.T
        )
        square[np.arange(len(rows)), rows] = np.inf
        found[start : start + chunk] = np.argpartition(square, k - 1, axis=1)[:, :k]
    return found


def approximately(catalog: Catalog, queries: Int64Array, k: int) -> Int64Array:
    """As `exactly`, by the index."""
    effort = max(_SEARCH_EFFORT, 2 * (k + 1))
    points = np.ascontiguousarray(catalog.matrix_without_mode[queries])
    found, _ = _index(catalog).query(points, k=k + 1, num_threads=1, query_ef=effort)
    near = found.astype(np.int64)
    # The track itself is left out; among more than k equal ones it may be missing, then the last is.
    own = near == queries[:, None]
    own[~own.any(axis=1), -1] = True
    return near[~own].reshape(len(queries), k)


@lru_cache(maxsize=2)
def _index(catalog: Catalog) -> Any:
    import voyager

    index = voyager.Index(
        voyager.Space.Euclidean,
        catalog.matrix_without_mode.shape[1],
        M=_LINKS,
        ef_construction=_BUILD_EFFORT,
        random_seed=0,
        max_elements=len(catalog),
    )
    # The library reads rows as if they lay one after the other, whatever their strides say. One thread, so
    # that the graph does not depend on the order in which threads come by.
    index.add_items(np.ascontiguousarray(catalog.matrix_without_mode), num_threads=1)
    return index
