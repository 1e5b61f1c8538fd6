"""Nearest neighbours, exact and by the index."""

import numpy as np
import pandas as pd
import pytest

from segue.features import Catalog, UserError
from segue.features.similarity.neighbours import (
    MAX_EXACT_TRACKS,
    MIN_INDEX_QUERIES,
    approximate_neighbours,
    exact_neighbours,
    nearest_tracks,
)


def test_neighbours_agree_with_sorting_all_distances():
    catalog = Catalog.synthetic(500, seed=4)
    found, distances = nearest_tracks(catalog, [3, 77], k=6)
    for row, track in enumerate((3, 77)):
        all_distances = np.linalg.norm(
            catalog.matrix_without_mode - catalog.matrix_without_mode[track], axis=1
        )
        np.testing.assert_array_equal(found[row], np.argsort(all_distances)[1:7])
        np.testing.assert_allclose(distances[row], np.sort(all_distances)[1:7], rtol=1e-5)
    one, _ = nearest_tracks(catalog, 3, k=6)
    np.testing.assert_array_equal(one, found[0])
    with pytest.raises(UserError, match="ask for 1 to 499"):
        nearest_tracks(catalog, 0, k=500)


def test_the_index_of_a_large_catalogue_finds_nearly_all_neighbours():
    catalog = Catalog.synthetic(MAX_EXACT_TRACKS + 1, seed=4)
    queries = np.arange(MIN_INDEX_QUERIES) * 31
    exact = exact_neighbours(catalog, queries, 10)
    found, distances = nearest_tracks(catalog, queries, k=10)
    shared = [len(set(a) & set(b)) for a, b in zip(exact, found, strict=True)]
    assert np.mean(shared) > 9.9
    assert not (found == queries[:, None]).any()
    assert (np.diff(distances, axis=1) >= 0).all()
    expected = np.linalg.norm(
        catalog.matrix_without_mode[found] - catalog.matrix_without_mode[queries, None], axis=2
    )
    np.testing.assert_allclose(distances, expected, rtol=1e-5)
    np.testing.assert_array_equal(nearest_tracks(catalog, 31, k=10)[0], found[1])


def test_a_track_is_not_its_own_neighbour_even_among_equal_tracks():
    values = np.repeat(np.linspace(0, 1, 20), 12)
    catalog = Catalog.from_frame(pd.DataFrame({"valence": values, "energy": values}), "equal")
    queries = np.arange(len(catalog))
    for find in (exact_neighbours, approximate_neighbours):
        near = find(catalog, queries, 5)
        assert not (near == queries[:, None]).any()
        assert (near // 12 == queries[:, None] // 12).all()
