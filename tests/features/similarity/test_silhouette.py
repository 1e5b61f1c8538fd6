"""Clustering with the number of clusters chosen by the silhouette."""

import numpy as np
import pandas as pd
import pytest

from segue.features import Catalog, UserError, cluster_by_silhouette


def test_the_planted_number_of_clusters_is_found():
    rng = np.random.default_rng(0)
    centre = rng.permuted(np.tile(np.arange(4.0), (3, 1)), axis=1)
    group = np.repeat(np.arange(4), 40)
    values = centre[:, group] + rng.normal(0, 0.05, (3, 160))
    catalog = Catalog.from_frame(
        pd.DataFrame(dict(zip(("tempo", "energy", "valence"), values, strict=True))), "p"
    )
    k, codes = cluster_by_silhouette(catalog, max_clusters=8)
    assert k == 4
    assert all(len(set(codes[group == g])) == 1 for g in range(4))


def test_two_tracks_are_too_few():
    with pytest.raises(UserError, match="has 2 tracks, too few to cluster"):
        cluster_by_silhouette(Catalog.synthetic(2))
