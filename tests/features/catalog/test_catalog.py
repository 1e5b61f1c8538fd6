"""Catalogues built from tables: columns, scale and split."""

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


def test_split_is_disjoint_stable_and_keeps_recordings_together():
    frame = Catalog.synthetic(400, seed=2).tracks
    twin = frame.iloc[:40].assign(id=lambda f: "twin-" + f["id"])
    catalog = Catalog.from_frame(pd.concat([frame, twin]), "twins")
    train, test = catalog.split("train"), catalog.split("test")
    assert sorted([*train, *test]) == list(range(440))
    assert 0.2 < len(test) / 440 < 0.4
    assert not set(catalog.recording_codes[train]) & set(catalog.recording_codes[test])
    alone = Catalog.from_frame(frame, "alone")
    np.testing.assert_array_equal(alone.split("test"), test[test < 400])
    assert set(catalog.split("test", seed=1)) != set(test)
