import numpy as np
import pandas as pd
import pytest

from segue.features import Catalog, UserError
from segue.features.catalog.recordings import title_without_version
from segue.features.similarity.groups import cluster_by_silhouette, near_duplicates, timbre_divergence
from segue.features.similarity.neighbours import (
    MAX_EXACT_TRACKS,
    MIN_INDEX_QUERIES,
    approximate_neighbours,
    exact_neighbours,
    nearest_tracks,
)


def test_nearest_agrees_with_sorting_all_distances():
    catalog = Catalog.synthetic(500, seed=4)
    found, distances = nearest_tracks(catalog, [3, 77], k=6)
    for row, track in enumerate((3, 77)):
        all_distances = np.linalg.norm(
            catalog.matrix_without_mode - catalog.matrix_without_mode[track], axis=1
        )
        np.testing.assert_array_equal(found[row], np.argsort(all_distances)[1:7])
        np.testing.assert_allclose(distances[row], np.sort(all_distances)[1:7], rtol=1e-5)
    one, _ = nearest_tracks(catalog, 3, k=6)
    np.testing.assert_array_equal(one, found[0])
    with pytest.raises(UserError, match="ask for 1 to 499"):
        nearest_tracks(catalog, 0, k=500)


def test_the_index_of_a_large_catalogue_finds_what_is_nearest():
    catalog = Catalog.synthetic(MAX_EXACT_TRACKS + 1, seed=4)
    queries = np.arange(MIN_INDEX_QUERIES) * 31
    exact = exact_neighbours(catalog, queries, 10)
    found, distances = nearest_tracks(catalog, queries, k=10)
    shared = [len(set(a) & set(b)) for a, b in zip(exact, found, strict=True)]
    assert np.mean(shared) > 9.9
    assert not (found == queries[:, None]).any()
    assert (np.diff(distances, axis=1) >= 0).all()
    expected = np.linalg.norm(
        catalog.matrix_without_mode[found] - catalog.matrix_without_mode[queries, None], axis=2
    )
    np.testing.assert_allclose(distances, expected, rtol=1e-5)
    np.testing.assert_array_equal(nearest_tracks(catalog, 31, k=10)[0], found[1])


def test_a_track_is_no_neighbour_of_itself_even_among_its_equals():
    values = np.repeat(np.linspace(0, 1, 20), 12)
    catalog = Catalog.from_frame(pd.DataFrame({"tempo": values, "energy": values}), "equal")
    queries = np.arange(len(catalog))
    for find in (exact_neighbours, approximate_neighbours):
        near = find(catalog, queries, 5)
        assert not (near == queries[:, None]).any()
        assert (near // 12 == queries[:, None] // 12).all()


def test_silhouette_finds_the_planted_number_of_groups():
    rng = np.random.default_rng(0)
    centre = rng.permuted(np.tile(np.arange(4.0), (3, 1)), axis=1)
    group = np.repeat(np.arange(4), 40)
    values = centre[:, group] + rng.normal(0, 0.05, (3, 160))
    catalog = Catalog.from_frame(
        pd.DataFrame(dict(zip(("tempo", "energy", "valence"), values, strict=True))), "p"
    )
    k, codes = cluster_by_silhouette(catalog, most=8)
    assert k == 4
    assert all(len(set(codes[group == g])) == 1 for g in range(4))


def test_divergence_of_hand_computed_gaussians():
    zero, one = np.zeros(2), np.eye(2)
    assert timbre_divergence(zero, one, zero, one) == 0
    assert timbre_divergence(zero, one, np.array([3.0, 0.0]), one) == pytest.approx(9)
    assert timbre_divergence(zero, one, zero, 2 * one) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("Song (Live in 2011)", "song"),
        ("Song - Remastered 2009", "song"),
        ("Song [Radio Edit]", "song"),
        ("Song (Part 2)", "song (part 2)"),
        ("Alive", "alive"),
        ("(Live)", "(live)"),
    ],
)
def test_titles_without_their_version(title, bare):
    assert title_without_version(title) == bare


def test_other_encodings_of_one_recording_are_found_by_sound(extracted):
    catalog = Catalog.load(extracted.catalog)
    (group,) = near_duplicates(catalog)
    assert set(catalog.tracks["path"].iloc[group]) == {
        "Some Artist/Some Album/01 - First Song.flac",
        "lossy.mp3",
        "ünï – 日本.ogg",
    }


def test_versions_of_a_song_by_one_artist_are_one(tmp_path):
    frame = pd.DataFrame(
        {
            "title": ["Song", "Song (Live)", "Song", "Other"],
            "artist": ["A", "A feat. B", "C", "A"],
            "tempo": [1.0, 2.0, 3.0, 4.0],
        }
    )
    codes = Catalog.from_frame(frame, "x").recording_codes
    assert codes[0] == codes[1]
    assert len(set(codes)) == 3
