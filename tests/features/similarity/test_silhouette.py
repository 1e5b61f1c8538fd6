"""Clustering with the number of clusters chosen by the silhouette."""

import numpy as np
import pandas as pd
import pytest

from segue.features import Catalog, UserError, cluster_by_silhouette


def test_the_planted_number_of_clusters_is_found():
    rng = np.random.default_rng(0)
    centre = rng.permuted(np.tile(np.linspace(0.1, 0.9, 4), (3, 1)), axis=1)
    group = np.repeat(np.arange(4), 40)
    values = centre[:, group] + rng.normal(0, 0.0125, (3, 160))
    catalog = Catalog.from_frame(
        pd.DataFrame(dict(zip(("danceability", "energy", "valence"), values, strict=True))), "p"
    )
    k, codes = cluster_by_silhouette(catalog, max_clusters=8)
    assert k == 4
    assert all(len(set(codes[group == g])) == 1 for g in range(4))


@pytest.mark.parametrize(("kinds", "clusters"), [([120.0], 1), ([120.0, 90.0], 2)])
def test_there_are_no_more_clusters_than_different_tracks(kinds, clusters):
    tempo = kinds * 4
    k, codes = cluster_by_silhouette(Catalog.from_frame(pd.DataFrame({"tempo": tempo}), "same"))
    assert k == clusters
    assert len(set(zip(tempo, codes.tolist(), strict=True))) == clusters


def test_one_track_unlike_thousands_is_no_obstacle():
    tempo = np.full(3000, 120.0)
    tempo[1234] = 90.0
    k, codes = cluster_by_silhouette(Catalog.from_frame(pd.DataFrame({"tempo": tempo}), "one"))
    assert k == 2
    assert np.flatnonzero(codes == codes[1234]).tolist() == [1234]


def test_two_tracks_are_too_few():
    with pytest.raises(UserError, match="has 2 tracks, too few to cluster"):
        cluster_by_silhouette(Catalog.synthetic(2))
