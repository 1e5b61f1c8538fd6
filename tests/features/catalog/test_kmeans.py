"""Clusters, and tracks assigned to the clusters of another catalogue."""

import numpy as np
import pandas as pd
import pytest

from segue.features import Catalog, UserError
from segue.features.catalog.kmeans import cluster_means, codes_of_nearest_mean


def test_clusters_find_planted_groups():
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1, 2], 50)
    features = ("danceability", "energy", "valence")
    frame = pd.DataFrame({f: 0.2 + 0.3 * group + rng.normal(0, 0.015, 150) for f in features})
    catalog = Catalog.from_frame(frame, "planted")
    codes = catalog.clusters(3, seed=0)
    assert {len(set(codes[group == g])) for g in range(3)} == {1}
    assert len(set(codes)) == 3
    with pytest.raises(UserError, match="Cannot make 200 clusters of 150 tracks; choose 1 to 150"):
        catalog.clusters(200)


def test_a_row_is_assigned_to_the_nearest_mean():
    reference = np.array([[0.0, 0.0], [0.2, 0.0], [1.0, 1.0]], np.float32)
    means = cluster_means(reference, np.array([0, 0, 1], np.int32), 2)
    # The means are (0.1, 0) and (1, 1); (0.5, 0.6) is 0.72 away from the first and 0.64 from the second.
    assert means == pytest.approx(np.array([[0.1, 0.0], [1.0, 1.0]]))
    rows = np.array([[0.1, 0.1], [0.5, 0.6], [0.4, 0.3]], np.float32)
    assert codes_of_nearest_mean(rows, means).tolist() == [0, 1, 0]


def test_no_row_is_assigned_to_an_empty_cluster():
    rows = np.array([[0.0, 0.0], [1.0, 1.0]], np.float32)
    means = cluster_means(rows, np.array([0, 2], np.int32), 3)
    assert codes_of_nearest_mean(rows, means).tolist() == [0, 2]


def test_clusters_of_another_catalogue():
    reference, catalog = Catalog.synthetic(300, 0), Catalog.synthetic(200, 1)
    joined = catalog.with_clusters_of(reference)
    assert np.array_equal(joined.matrix, catalog.matrix)
    assert joined.tracks is catalog.tracks
    codes, matrix = reference.clusters(6), reference.matrix_without_mode.astype(np.float64)
    means = np.array([matrix[codes == code].mean(axis=0) for code in range(6)])
    for track, code in enumerate(joined.clusters(6)):
        distances = np.linalg.norm(means - catalog.matrix_without_mode[track], axis=1)
        assert distances[code] <= distances.min() + 1e-6
    # After k-means, a catalogue's own tracks are already in the nearest cluster.
    assert (reference.with_clusters_of(reference).clusters(6) == codes).mean() > 0.99


def test_catalogues_of_other_features_cannot_share_clusters():
    reference = Catalog.synthetic(300, 0)
    poor = Catalog.from_frame(reference.tracks.drop(columns="danceability"), "poor")
    with pytest.raises(UserError, match="'poor' cannot use the clusters of"):
        poor.with_clusters_of(reference)
