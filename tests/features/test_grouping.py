"""Tracks that join the groups of other tracks."""

import numpy as np
import pytest

from segue.features import Catalog
from segue.features.catalog.clustering import nearest
from segue.features.errors import UserError


def test_a_row_joins_the_group_with_the_nearest_mean():
    grouped = np.array([[0.0, 0.0], [0.2, 0.0], [1.0, 1.0]], np.float32)
    codes = np.array([0, 0, 1], np.int32)
    # The means are (0.1, 0) and (1, 1); (0.5, 0.6) is 0.72 away from the first and 0.64 from the second.
    rows = np.array([[0.1, 0.1], [0.5, 0.6], [0.4, 0.3]], np.float32)
    assert nearest(rows, grouped, codes).tolist() == [0, 1, 0]
    assert nearest(rows, grouped, np.zeros(3, np.int32)).tolist() == [0, 0, 0]


def test_a_catalogue_grouped_as_another_is_otherwise_itself():
    home, away = Catalog.synthetic(300, 0), Catalog.synthetic(200, 1)
    joined = away.with_clusters_of(home)
    assert np.array_equal(joined.matrix, away.matrix)
    assert joined.tracks is away.tracks
    assert np.array_equal(
        joined.clusters(6), nearest(away.matrix_without_mode, home.matrix_without_mode, home.clusters(6))
    )
    # Clusters of k-means: each of the home's own tracks is already in the nearest.
    assert (home.with_clusters_of(home).clusters(6) == home.clusters(6)).mean() > 0.99


def test_other_features_have_no_such_groups():
    home = Catalog.synthetic(300, 0)
    poor = Catalog.from_frame(home.tracks.drop(columns="danceability"), "poor")
    with pytest.raises(UserError, match="'poor' cannot be grouped as"):
        poor.with_clusters_of(home)
