"""Catalogues built from tables: columns and scale."""

import numpy as np
import pandas as pd
import pytest

from segue.features import LISTENING_FEATURES, Catalog, UserError


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
        (pd.DataFrame([[1.0, 2.0]], columns=["tempo", "tempo"]), "column 'tempo' more than once"),
        (pd.DataFrame([[1.0, 2.0]], columns=["tempo", 7]), "column named 7, which is int and not text"),
        (pd.DataFrame([[1.0]], columns=pd.MultiIndex.from_product([["a"], ["b"]])), r"named \('a', 'b'\)"),
        (pd.DataFrame({"tempo": [1.0, 2.0], "tag": ["a", 1]}), "'tag' .* values of several kinds"),
        (pd.DataFrame({"tempo": [1.0, 2.0], "tag": [{"a": 1}, [2]]}), "'tag' .* values of several kinds"),
        (pd.DataFrame({"tempo": [[1.0], 2.0]}), r"'tempo' of catalogue 'bad' contains '\[1\.0\]', which"),
        (pd.DataFrame({"tempo": [1.0, 2.0], "energy": [0.5, "loud"]}), "'energy' .* contains 'loud'"),
        (pd.DataFrame({"tempo": [1.0], "year": pd.to_datetime(["2020-01-01"])}), "'year' .* not a number"),
        ([{"tempo": 1.0}], "needs a DataFrame, not list"),
    ],
)
def test_unusable_tables_are_refused(frame, reason):
    with pytest.raises(UserError, match=reason):
        Catalog.from_frame(frame, "bad")


@pytest.mark.parametrize(
    ("column", "values", "known", "remark"),
    [
        ("tempo", [0, -5, 39, 40, 220, 221], [3, 4], "tempo outside 40 to 220, set to unknown: 4 rows"),
        ("energy", [50, -0.1, 0, 1, 0.5, 1 + 1e-9], [2, 3, 4, 5], "energy outside 0 to 1, .*: 2 rows"),
        ("key", [-1, 12, 1e7, 0, 11, -np.inf], [3, 4], "key outside 0 to 11, set to unknown: 3 rows"),
        ("outro_key", [2.5, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5], "outro_key is not a whole number, .*: 1 row"),
        ("mode", [0, 1, 2, 0.5, -1, 1], [0, 1, 5], "mode outside 0 to 1, .*: 2 rows; mode is not a whole"),
        ("year", [0, 1999, 99, 2001, 3000, 1950], [1, 3, 5], "year outside 1000 to 2100"),
    ],
)
def test_numbers_that_the_schema_does_not_allow_are_unknown(column, values, known, remark):
    frame = pd.DataFrame({"loudness": -8.0, column: np.array(values, dtype=np.float64)})
    with pytest.warns(UserWarning, match=f"'odd' was converted: {remark}"):
        catalog = Catalog.from_frame(frame, "odd")
    assert np.flatnonzero(catalog.tracks[column].notna()).tolist() == known


def test_a_table_without_any_possible_number_is_refused_with_the_reason():
    with pytest.raises(UserError, match=r"feature of catalogue 'odd' has a value \(tempo outside 40 to 220"):
        Catalog.from_frame(pd.DataFrame({"tempo": [0.0, 1.5]}), "odd")


def test_columns_of_any_usual_type_are_read_and_saved(tmp_path):
    frame = pd.DataFrame(
        {
            "id": pd.Categorical(["001", "002"]),
            "artist": pd.Categorical(["x", None]),
            "title": [1979, "y\ud800"],
            "tempo": pd.array([100, None], dtype="Int64"),
            "energy": ["0.5", ""],
            "mode": [True, False],
            "added": pd.to_datetime(["2020-01-01", None]),
            "rating": pd.Categorical(["good", "bad"]),
        }
    )
    catalog = Catalog.from_frame(frame, "kinds")
    assert list(catalog.ids) == ["001", "002"]
    assert list(catalog.tracks["artist"]) == ["x", ""]
    assert list(catalog.tracks["title"]) == ["1979", "y?"]
    assert catalog.missing == {"tempo": 1, "energy": 1, "mode": 0}
    again = Catalog.load(catalog.save(tmp_path / "kinds.parquet"))
    assert list(again.tracks["rating"]) == ["good", "bad"]


def test_what_no_track_has_is_lacking():
    frame = pd.DataFrame({"tempo": [100.0], "energy": [0.5], "outro_tempo": [90.0]})
    assert Catalog.from_frame(frame, "small").lacking == tuple(
        name for name in LISTENING_FEATURES if name not in ("tempo", "energy")
    )
    assert "intro and outro" in Catalog.from_frame(frame[["tempo"]], "small").lacking
