"""Catalogues built from tables: columns and scale."""

import numpy as np
import pandas as pd
import pytest

from segue.features import Catalog, UserError


def test_a_subset_can_reuse_the_scaler():
    catalog = Catalog.synthetic(200, seed=1)
    part = Catalog.from_frame(catalog.tracks.iloc[10:20], "part", scaler=catalog.scaler)
    np.testing.assert_array_equal(part.matrix, catalog.matrix[10:20])
    assert list(part.tracks.index) == list(range(10))


def test_spotify_like_columns_are_enough():
    frame = pd.DataFrame(
        {"tempo": [100.0, np.nan, 120.0], "energy": [0.1, 0.5, 0.9], "mood_tag": list("abc")}
    )
    catalog = Catalog.from_frame(frame, "small")
    assert catalog.feature_names == ("tempo", "energy")
    assert catalog.missing == {"tempo": 1, "energy": 0}
    assert catalog.matrix[1, 0] == 0.5
    assert list(catalog.tracks["mood_tag"]) == list("abc")
    with pytest.raises(UserError, match=r"transition.*'outro_loudness'.*'small'"):
        catalog.require(["outro_loudness"], needed_by="term 'transition'")


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (pd.DataFrame({"tempo": []}), "no tracks"),
        (pd.DataFrame({"title": ["a"]}), "none of the features"),
        (pd.DataFrame({"id": ["a", "a"], "tempo": [1.0, 2.0]}), "'a' more than once"),
    ],
)
def test_unusable_tables_are_refused(frame, reason):
    with pytest.raises(UserError, match=reason):
        Catalog.from_frame(frame, "bad")
