"""A catalogue fitted to its training tracks: the other tracks change nothing but themselves."""

import numpy as np
import pytest

from segue.features import LISTENING_FEATURES, Catalog, UserError, open_catalog


def with_other_test_tracks(catalog, seed):
    """The same tracks, but those of the test part sound different."""
    frame, test = catalog.tracks.copy(), catalog.split("test", seed=seed)
    for name in (*LISTENING_FEATURES, "tempo_p10", "loudness_variance", *(f"mfcc_{k}" for k in range(1, 13))):
        other = frame[name].iloc[test[::-1]].to_numpy()
        frame.loc[test, name] = 1 - other if name == "mode" else (other + frame[name].max()) / 2
    return Catalog.from_frame(frame, "changed", scaler=catalog.scaler)


@pytest.mark.parametrize("seed", [0, 7])
def test_test_tracks_change_no_other_track(seed):
    catalog = open_catalog("demo")
    changed = with_other_test_tracks(catalog, seed)
    train, test = catalog.split("train", seed=seed), catalog.split("test", seed=seed)
    assert np.array_equal(train, changed.split("train", seed=seed))
    one, two = catalog.for_split(seed), changed.for_split(seed)
    assert one.scaler.as_dict() == two.scaler.as_dict()
    assert np.array_equal(one.matrix[train], two.matrix[train])
    assert not np.array_equal(one.matrix[test], two.matrix[test])
    assert np.array_equal(one.cluster_means(6), two.cluster_means(6))
    assert np.array_equal(one.clusters(6)[train], two.clusters(6)[train])
    assert np.array_equal(one.djmc_corpus(), two.djmc_corpus())
    # Without a fit, the same change shows in the other tracks' clusters.
    whole = Catalog.from_frame(changed.tracks, "whole")
    assert not np.array_equal(catalog.matrix[train], whole.matrix[train])
    assert not np.array_equal(catalog.djmc_corpus(), changed.djmc_corpus())


def test_only_the_scale_is_another():
    catalog = open_catalog("demo")
    fitted = catalog.for_split(2)
    assert fitted is catalog.for_split(2)
    assert fitted is not catalog.for_split(3)
    assert fitted.tracks is catalog.tracks
    assert fitted.feature_names == catalog.feature_names
    assert np.array_equal(fitted.fit_rows, catalog.split("train", seed=2))
    assert np.array_equal(fitted.split("test", seed=5), catalog.split("test", seed=5))
    assert 0 < np.abs(fitted.matrix - catalog.matrix).max() < 0.3
    for fits in (fitted.matrix, fitted.fit_rows):
        with pytest.raises(ValueError, match="read-only"):
            fits[0] = 0


def test_training_tracks_are_uniform_and_a_track_beyond_them_is_clipped():
    catalog = open_catalog("synthetic:3000")
    loudest = int(catalog.raw("loudness").argmax())
    fitted = catalog.fitted_to(np.delete(np.arange(3000), loudest))
    column = fitted.feature_names.index("loudness")
    assert fitted.matrix[loudest, column] == 1.0
    quartiles = np.quantile(fitted.matrix[fitted.fit_rows, column], [0.25, 0.5, 0.75])
    assert quartiles == pytest.approx([0.25, 0.5, 0.75], abs=0.01)


def test_every_track_is_in_the_nearest_cluster_of_the_training_tracks():
    fitted = open_catalog("demo").for_split(1)
    rows, means = fitted.matrix_without_mode.astype(np.float64), fitted.cluster_means(6)
    distances = np.linalg.norm(rows[:, None] - means, axis=2)
    codes = fitted.clusters(6)
    assert (distances[np.arange(len(codes)), codes] <= distances.min(axis=1) + 1e-6).all()
    for code in range(6):
        members = fitted.fit_rows[codes[fitted.fit_rows] == code]
        assert rows[members].mean(axis=0) == pytest.approx(means[code], abs=0.05)


def test_missing_descriptors_become_the_median_of_the_training_tracks():
    frame = open_catalog("synthetic:60").tracks.copy()
    frame.loc[3, "tempo_variance"] = np.nan
    fitted = Catalog.from_frame(frame, "gap").fitted_to([5, 6, 7])
    column = 3  # of the descriptors: tempo variance
    assert fitted.djmc_descriptors()[3, column] == np.median(frame["tempo_variance"][5:8])
    assert len(fitted.djmc_corpus()) == 3


def test_a_mask_chooses_the_tracks_that_it_marks():
    catalog = open_catalog("synthetic:60")
    mask = np.arange(60) % 3 == 0
    for rows in (mask, mask.tolist(), np.flatnonzero(mask), range(0, 60, 3)):
        assert catalog.fitted_to(rows).fit_rows.tolist() == list(range(0, 60, 3))


@pytest.mark.parametrize("rows", [[60], [-1], [0.5], [True, False], [[0, 1]], ["a"], 3, []], ids=str)
def test_rows_that_do_not_exist_are_refused(rows):
    with pytest.raises(UserError, match="indices from 0 to 59 or to a mask of 60 truth values"):
        open_catalog("synthetic:60").fitted_to(rows)


def test_a_feature_that_no_training_track_has_is_reported():
    frame = open_catalog("synthetic:60").tracks.copy()
    frame.loc[frame.index[:-1], "valence"] = np.nan
    frame.loc[:8, "mfcc_3"] = np.nan
    catalog = Catalog.from_frame(frame, "poor")
    with pytest.raises(UserError, match=r"None of the 9 tracks .*'poor'.* value of valence; choose another"):
        catalog.fitted_to(range(9))
    complete = Catalog.from_frame(frame.drop(columns="valence"), "poor").fitted_to(range(9))
    with pytest.raises(UserError, match="at least one training track"):
        complete.djmc_descriptors()
