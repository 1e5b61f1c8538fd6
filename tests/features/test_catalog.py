import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segue.features import LISTENING_FEATURES, Catalog, UserError, open_catalog
from segue.features.schema import columns_by_name


def test_saved_catalogue_loads_the_same(tmp_path):
    catalog = Catalog.synthetic(200, seed=1)
    again = Catalog.load(catalog.save(tmp_path / "a.parquet"))
    np.testing.assert_array_equal(again.matrix, catalog.matrix)
    np.testing.assert_array_equal(again.boundary_features, catalog.boundary_features)
    pd.testing.assert_frame_equal(again.tracks, catalog.tracks)
    assert (again.name, again.feature_names, again.notes) == (
        catalog.name,
        catalog.feature_names,
        catalog.notes,
    )


def test_a_subset_keeps_the_scale_it_was_given():
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
        (pd.DataFrame({"tempo": []}), "no track"),
        (pd.DataFrame({"title": ["a"]}), "none of the features"),
        (pd.DataFrame({"id": ["a", "a"], "tempo": [1.0, 2.0]}), "'a' more than once"),
    ],
)
def test_unusable_tables_are_refused(frame, reason):
    with pytest.raises(UserError, match=reason):
        Catalog.from_frame(frame, "bad")


def test_files_that_are_no_catalogue_are_refused(tmp_path):
    text = tmp_path / "a.parquet"
    text.write_text("hello")
    plain = tmp_path / "b.parquet"
    pd.DataFrame({"tempo": [1.0]}).to_parquet(plain)
    old = Catalog.synthetic(5).save(tmp_path / "c.parquet")
    table = pq.read_table(old)
    changed = table.schema.metadata[b"segue.catalog"].replace(b'"schema_version": 1', b'"schema_version": 0')
    pq.write_table(table.replace_schema_metadata({b"segue.catalog": changed}), old)
    for path, reason in [
        (text, "no Parquet"),
        (plain, "no segue catalogue"),
        (old, "schema version 0"),
        (tmp_path / "d.parquet", "no catalogue file"),
    ]:
        with pytest.raises(UserError, match=reason):
            Catalog.load(path)
    assert isinstance(table, pa.Table)


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


def test_same_content_is_the_same_recording():
    frame = pd.DataFrame(
        {"tempo": [90.0, 91, 92, 93], "content_hash": ["a", "b", "a", ""], "title": ["x", "y", "z", ""]}
    )
    codes = Catalog.from_frame(frame, "c").recording_codes
    assert codes[0] == codes[2]
    assert len(set(codes)) == 3


def test_clusters_find_planted_groups_and_repeat():
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1, 2], 50)
    frame = pd.DataFrame({f: group + rng.normal(0, 0.05, 150) for f in ("tempo", "energy", "valence")})
    codes = Catalog.from_frame(frame, "planted").clusters(3, seed=0)
    assert {len(set(codes[group == g])) for g in range(3)} == {1}
    assert len(set(codes)) == 3
    with pytest.raises(UserError, match="200 clusters"):
        Catalog.from_frame(frame, "planted").clusters(200)


def test_synthetic_repeats_and_has_the_stored_correlations():
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


def test_open_catalog_by_name_path_and_object(tmp_path):
    synthetic = open_catalog("synthetic:50:7")
    assert len(synthetic) == 50
    assert open_catalog("synthetic:50:7") is synthetic is open_catalog(synthetic)
    path = synthetic.save(tmp_path / "mine.parquet")
    first = open_catalog(path)
    assert open_catalog(str(path)) is first
    Catalog.synthetic(60).save(path)
    assert len(open_catalog(path)) == 60


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("demmo", "did you mean 'demo'"),
        ("no/such.parquet", "no catalogue file"),
        ("synthetic:0", "at least 1"),
    ],
)
def test_open_catalog_says_what_is_wrong(source, reason):
    with pytest.raises(UserError, match=reason):
        open_catalog(source)


def test_importing_features_stays_light():
    heavy = ("librosa", "numba", "av", "torch", "gymnasium")
    code = f"import sys, segue.features; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
