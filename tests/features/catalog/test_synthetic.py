"""Random catalogues."""

import pandas as pd

from segue.features import LISTENING_FEATURES, Catalog
from segue.features.schema import columns_by_name


def test_a_seed_gives_the_same_tracks_with_plausible_values():
    one, two = Catalog.synthetic(3000, seed=5), Catalog.synthetic(3000, seed=5)
    pd.testing.assert_frame_equal(one.tracks, two.tracks)
    assert not one.tracks["tempo"].equals(Catalog.synthetic(3000, seed=6).tracks["tempo"])
    assert one.feature_names == LISTENING_FEATURES
    rank = one.tracks[["energy", "loudness"]].rank().corr().iloc[0, 1]
    assert rank > 0.3
    for name, entry in columns_by_name().items():
        if name in one.tracks and not entry.text:
            values = one.raw(name)
            assert entry.low is None or values.min() >= entry.low, name
            assert entry.high is None or values.max() <= entry.high, name
