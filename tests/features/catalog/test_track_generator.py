"""The generator of synthetic tracks recovers what was planted, and sees only the tracks it is fitted to."""

import numpy as np
import pandas as pd
import pytest

from segue.features import Catalog, UserError, open_catalog
from segue.features.catalog.synthetic import synthetic_tracks
from segue.features.catalog.track_generator import CHROMA, TrackGenerator


def test_a_fit_recovers_the_generator():
    planted = TrackGenerator.of_demo()
    found = TrackGenerator.fit(synthetic_tracks(20_000, 3, planted))
    assert found.names == planted.names
    assert found.artist_share == pytest.approx(planted.artist_share, abs=0.03)
    # Normalising the chroma to sum 1 changes its correlations, and a discrete column has other scores.
    changed = ("mode", "lead_silence", "trail_silence", *CHROMA)
    kept = np.array([name not in changed for name in planted.names])
    error = np.abs(found.correlation - planted.correlation)[kept][:, kept]
    assert error.mean() < 0.02
    assert error.max() < 0.1
    spread = planted.quantiles[-1] - planted.quantiles[0]
    assert np.abs((found.quantiles - planted.quantiles)[2:-2] / spread)[:, kept].max() < 0.05


def test_other_shares_of_artists_are_recovered():
    planted = TrackGenerator.of_demo()
    for share in (0.1, 0.7):
        known = TrackGenerator(planted.names, planted.quantiles, planted.correlation, artist_share=share)
        assert TrackGenerator.fit(synthetic_tracks(8000, 0, known)).artist_share == pytest.approx(
            share, abs=0.05
        )


def test_artists_have_as_many_tracks_as_those_imitated():
    catalog = open_catalog("demo")
    made = Catalog.synthetic(20_000, like=catalog)
    own, others = (np.bincount(c.artist_codes[c.artist_codes >= 0]) for c in (catalog, made))
    assert others.mean() == pytest.approx(own.mean(), rel=0.05)
    assert np.mean(others >= 10) == pytest.approx(np.mean(own >= 10), abs=0.02)
    assert others.max() == own.max()


def test_generated_tracks_use_the_scale_and_the_clusters_of_the_training_tracks():
    fitted = open_catalog("demo").for_split(1)
    made = Catalog.synthetic(4000, seed=2, like=fitted)
    assert made.scaler is fitted.scaler
    assert made.feature_names == fitted.feature_names
    assert np.array_equal(made.cluster_means(6), fitted.cluster_means(6))
    shares, expected = (
        np.bincount(codes, minlength=6) / len(codes)
        for codes in (made.clusters(6), fitted.clusters(6)[fitted.fit_rows])
    )
    assert shares == pytest.approx(expected, abs=0.12)
    is_mode = made.feature_names.index("mode")
    assert np.delete(made.matrix.mean(axis=0), is_mode) == pytest.approx(0.5, abs=0.06)
    energy_and_loudness = [made.feature_names.index(name) for name in ("energy", "loudness")]
    one, other = (
        np.corrcoef(matrix[:, energy_and_loudness].T)[0, 1]
        for matrix in (made.matrix, fitted.matrix[fitted.fit_rows])
    )
    assert one == pytest.approx(other, abs=0.08)


def test_test_tracks_change_no_generated_track():
    catalog = open_catalog("demo")
    frame, test = catalog.tracks.copy(), catalog.split("test", seed=4)
    frame.loc[test, "energy"] = 1.0 - frame["energy"]
    frame.loc[test, "tempo"] = frame["tempo"] / 2 + 110
    frame.loc[test, "mfcc_1"] = 0.0
    changed = Catalog.from_frame(frame, "demo", scaler=catalog.scaler)
    one, two = (Catalog.synthetic(500, 0, like=c.for_split(4)) for c in (catalog, changed))
    pd.testing.assert_frame_equal(one.tracks, two.tracks)
    assert np.array_equal(one.matrix, two.matrix)
    assert not one.tracks["tempo"].equals(Catalog.synthetic(500, 0, like=changed).tracks["tempo"])


def test_generated_tracks_keep_their_scale_in_a_split_of_their_own():
    fitted = open_catalog("demo").for_split(0)
    made = Catalog.synthetic(300, like=fitted)
    assert made.for_split(5) is made
    assert not {*made.artist_codes[made.split("train")]} & {*made.artist_codes[made.split("test")]}
    assert np.array_equal(made.djmc_corpus(), fitted.djmc_corpus())


def test_only_the_columns_of_a_catalogue_are_generated():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"tempo": rng.normal(120, 15, 80), "energy": rng.beta(2, 2, 80), "valence": 0.5})
    frame.loc[:40, "tempo"] = np.nan
    made = Catalog.synthetic(1000, like=Catalog.from_frame(frame, "mine"))
    assert made.feature_names == ("tempo", "energy", "valence")
    assert "key" not in made.tracks
    assert made.raw("tempo").mean() == pytest.approx(frame["tempo"].mean(), abs=3.0)
    assert set(made.raw("valence")) == {0.5}
    assert abs(np.corrcoef(made.raw("tempo"), made.raw("energy"))[0, 1]) < 0.4


@pytest.mark.parametrize("count", [1, 2, 7])
def test_few_tracks_are_enough_to_imitate(count):
    few = open_catalog("demo").fitted_to(range(count))
    made = Catalog.synthetic(50, like=few)
    tempo = few.raw("tempo")[:count]
    assert tempo.min() - 1e-3 <= made.raw("tempo").min() <= made.raw("tempo").max() <= tempo.max() + 1e-3


def test_no_tracks_are_impossible():
    with pytest.raises(UserError, match="0 tracks is impossible"):
        Catalog.synthetic(0, like=open_catalog("demo"))
