"""Nearest neighbours by sound: exact, or from an approximate index for many queries of a large catalogue."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segue.features.arrays import Float32Array, Int64Array
from segue.features.catalog.catalog import Catalog
from segue.features.errors import UserError

MAX_EXACT_TRACKS = 20_000
"""Up to this many tracks the search is always exact, since comparing with all of them is as fast."""

MIN_INDEX_QUERIES = 500
"""Below this many queries the search is exact, since building the index costs more."""

_CHUNK_DISTANCES = 50_000_000  # distances held in memory at once
_GRAPH_LINKS, _BUILD_EFFORT, _SEARCH_EFFORT = 12, 100, 100  # links per track; candidates kept while searching


def nearest_tracks(
    catalog: Catalog, track: int | Sequence[int] | NDArray[np.integer], k: int = 10
) -> tuple[Int64Array, Float32Array]:
    """Finds the tracks nearest by the listening features.

    The search is exact, except for at least `MIN_INDEX_QUERIES` queries of more than `MAX_EXACT_TRACKS`
    tracks: then a hierarchical navigable small world graph (Malkov & Yashunin 2018), built once per
    catalogue, finds more than 99 of 100 neighbours.

    Args:
        catalog: The catalogue.
        track: One index or Q indices.
        k: Number of neighbours, 1..n-1; a track is not its own neighbour.

    Returns:
        Indices (k,) or (Q, k), nearest first, and their Euclidean distances in `catalog.matrix_without_mode`.

    Raises:
        UserError: k is not in 1..n-1.
    """
    if not 1 <= k < len(catalog):
        raise UserError(
            f"Catalogue {catalog.name!r} has {len(catalog)} tracks; "
            f"ask for 1 to {len(catalog) - 1} neighbours."
        )
    queries = np.atleast_1d(np.asarray(track, dtype=np.int64))
    is_exact = len(catalog) <= MAX_EXACT_TRACKS or len(queries) < MIN_INDEX_QUERIES
    near = (exact_neighbours if is_exact else approximate_neighbours)(catalog, queries, k)
    # Recomputed from differences: cancellation would make small distances inaccurate.
    matrix = catalog.matrix_without_mode
    distances = np.empty(near.shape, dtype=np.float32)
    for column in range(k):
        distances[:, column] = np.linalg.norm(matrix[near[:, column]] - matrix[queries], axis=1)
    order = np.argsort(distances, axis=1, kind="stable")
    near, distances = np.take_along_axis(near, order, axis=1), np.take_along_axis(distances, order, axis=1)
    return (near, distances) if np.ndim(track) else (near[0], distances[0])


def exact_neighbours(catalog: Catalog, queries: Int64Array, k: int) -> Int64Array:
    """Finds the k nearest other tracks of each query by comparing it with all tracks.

    Args:
        catalog: The catalogue.
        queries: (Q,) track indices.
        k: Number of neighbours.

    Returns:
        (Q, k) track indices, in no particular order.
    """
    matrix = catalog.matrix_without_mode
    near = np.empty((len(queries), k), np.int64)
    squares = (matrix**2).sum(axis=1)
    chunk = max(1, _CHUNK_DISTANCES // len(catalog))
    for start in range(0, len(queries), chunk):
        rows = queries[start : start + chunk]
        square = squares[rows, None] + squares - 2 * matrix[rows] @ matrix.T
        square[np.arange(len(rows)), rows] = np.inf
        near[start : start + chunk] = np.argpartition(square, k - 1, axis=1)[:, :k]
    return near


def approximate_neighbours(catalog: Catalog, queries: Int64Array, k: int) -> Int64Array:
    """Finds most of the k nearest other tracks of each query by the index; shapes as `exact_neighbours`."""
    effort = max(_SEARCH_EFFORT, 2 * (k + 1))
    points = np.ascontiguousarray(catalog.matrix_without_mode[queries])
    found, _ = _index(catalog).query(points, k=k + 1, num_threads=1, query_ef=effort)
    near = found.astype(np.int64)
    # One of the k + 1 is dropped: the query itself, or the last if more than k equal tracks crowd it out.
    dropped = near == queries[:, None]
    dropped[~dropped.any(axis=1), -1] = True
    return near[~dropped].reshape(len(queries), k)


@lru_cache(maxsize=2)
def _index(catalog: Catalog) -> Any:
    """Builds the index of a catalogue."""
    import voyager

    index = voyager.Index(
        voyager.Space.Euclidean,
        catalog.matrix_without_mode.shape[1],
        M=_GRAPH_LINKS,
        ef_construction=_BUILD_EFFORT,
        random_seed=0,
        max_elements=len(catalog),
    )
    # The library assumes contiguous rows whatever the strides. One thread, so that the graph does not
    # depend on the order in which threads run.
    index.add_items(np.ascontiguousarray(catalog.matrix_without_mode), num_threads=1)
    return index
