"""The split keeps artists and recordings apart, has about the same share for every seed, and is stable."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from segue.features import Catalog, UserError, open_catalog
from segue.features.catalog.identity.split_groups import BY_ARTIST, BY_WORK

SEEDS = range(10)

# Spellings of the same artist, and how two of them may be credited together.
SPELLINGS = [
    (f"{bare}{k}", f"{bare.upper()}{k}", f"The {accented}{k}", f"{accented}{k}, The")
    for bare, accented in (("eva", "Éva"), ("jose", "José"), ("zoe", "Zoë"))
    for k in range(8)
]
JOINTS = (" feat. ", "; ", " & ", ", ", " and ", " (ft. ", " x ", "/")
NOBODY = ("", "Unknown Artist", "Various Artists", "N/A")


@st.composite
def credited_tracks(draw):
    """A table of tracks, and the artists that each of them credits."""
    frame, artists = [], []
    for _ in range(draw(st.integers(20, 60))):
        # The lower of two draws, so that some artists have many tracks.
        who = st.tuples(*2 * [st.integers(0, len(SPELLINGS) - 1)]).map(min)
        named = draw(st.lists(who, max_size=draw(st.sampled_from([1, 1, 2])), unique=True))
        names = [draw(st.sampled_from(SPELLINGS[artist])) for artist in named]
        credit = draw(st.sampled_from(JOINTS)).join(names) or draw(st.sampled_from(NOBODY))
        frame.append({"artist": credit, "title": draw(st.sampled_from(["Song", "Song (Live)", "Air", ""]))})
        artists.append(named)
    frame = pd.DataFrame(frame).assign(
        tempo=range(100, 100 + len(frame)), id=[f"t{i}" for i in range(len(frame))]
    )
    return frame, artists


def parts(catalog, seed):
    train, test = catalog.split("train", seed=seed), catalog.split("test", seed=seed)
    assert sorted([*train, *test]) == list(range(len(catalog)))
    return train, test


@settings(max_examples=40)
@given(credited_tracks(), st.integers(0, 2**63 - 1))
def test_no_artist_and_no_recording_is_in_both_parts(tracks, seed):
    frame, artists = tracks
    catalog = Catalog.from_frame(frame, "made")
    train, test = parts(catalog, seed)
    assert not {*catalog.recording_codes[train]} & {*catalog.recording_codes[test]}
    divided = catalog.split_groups.divided
    for level, count in ((0, None), (BY_ARTIST, 1)):  # all artists of a credit, or only the first one
        of_part = (
            {artist for i in part if divided[i] == level for artist in artists[i][:count]}
            for part in (train, test)
        )
        assert not set.intersection(*of_part)


@settings(max_examples=40)
@given(credited_tracks(), st.integers(0, 100), st.randoms())
def test_a_split_does_not_depend_on_the_order_of_the_tracks(tracks, seed, random):
    frame, _ = tracks
    shuffled = frame.sample(frac=1, random_state=random.randrange(1000))
    first, second = (
        set(table["id"].to_numpy()[Catalog.from_frame(table, "made").split("test", seed=seed)])
        for table in (frame, shuffled)
    )
    assert first == second


@settings(max_examples=40)
@given(credited_tracks(), st.lists(st.integers(0, 5), min_size=1, max_size=20), st.integers(0, 100))
def test_adding_tracks_of_new_artists_moves_few_others(tracks, added, seed):
    frame, _ = tracks
    new = pd.DataFrame({"artist": [f"Newcomer {artist}" for artist in added], "tempo": 100.0})
    before = Catalog.from_frame(frame, "before")
    after = Catalog.from_frame(pd.concat([frame, new.assign(id=[f"n{i}" for i in new.index])]), "after")
    old = np.arange(len(frame))
    assume(not before.split_groups.divided.any())
    moved = np.isin(old, before.split("test", seed=seed)) != np.isin(old, after.split("test", seed=seed))
    largest = max(before.split_groups.sizes.max(), after.split_groups.sizes.max())
    assert moved.sum() <= 0.7 * len(added) + largest


@pytest.mark.parametrize("name", ["demo", "synthetic:400", "synthetic:3000"])
def test_every_seed_splits_artists_at_about_the_same_share(name):
    catalog = open_catalog(name)
    groups = catalog.split_groups
    assert not groups.divided.any()
    for seed in SEEDS:
        train, test = parts(catalog, seed)
        for codes in (catalog.artist_codes, catalog.recording_codes):
            assert not ({*codes[train]} & {*codes[test]}) - {-1}
        assert abs(len(test) / len(catalog) - 0.3) <= groups.sizes.max() / 2 / len(catalog)


def test_seeds_split_the_demo_catalogue_as_differently_as_chance():
    catalog = open_catalog("demo")
    tests = [set(catalog.split("test", seed=seed)) for seed in range(40)]
    assert np.mean([len(test) for test in tests]) == pytest.approx(0.3 * len(catalog), rel=0.03)
    jaccard = [len(a & b) / len(a | b) for a, b in itertools.combinations(tests, 2)]
    # Two independent parts of 0.3 share 0.3² of all tracks and cover 2 · 0.3 − 0.3².
    assert np.mean(jaccard) == pytest.approx(0.09 / 0.51, abs=0.03)
    assert max(jaccard) < 0.8


def test_every_track_is_in_both_parts_of_some_splits():
    catalog = open_catalog("demo")
    often = sum(np.isin(np.arange(len(catalog)), catalog.split("test", seed=seed)) for seed in range(100))
    assert often.min() > 10
    assert often.max() < 50


def test_more_artists_leave_most_of_a_catalogue_in_its_part():
    frame = open_catalog("demo").tracks
    is_new = frame["artist"].isin(frame["artist"].drop_duplicates()[5::10])
    before, after = Catalog.from_frame(frame[~is_new], "before"), Catalog.from_frame(frame, "after")
    assert 0.1 < is_new.mean() < 0.15
    moved = []
    for seed in range(40):
        first, second = (set(c.tracks["id"].to_numpy()[c.split("test", seed=seed)]) for c in (before, after))
        moved.append(len(first ^ (second & set(before.tracks["id"]))) / len(before))
    # A new random split would move 2 · 0.3 · 0.7 of the tracks.
    assert np.mean(moved) < 0.05
    assert max(moved) < 0.15


def test_new_tracks_of_known_artists_follow_them():
    frame = open_catalog("synthetic:400").tracks
    one = (
        frame[["artist"]].drop_duplicates().assign(tempo=100.0, title="New", id=lambda f: "new" + f["artist"])
    )
    catalog = Catalog.from_frame(pd.concat([frame, one]), "more")
    for seed in SEEDS:
        _, test = parts(catalog, seed)
        of_old, of_new = ({*catalog.tracks["artist"][t]} for t in (test[test < 400], test[test >= 400]))
        assert of_old == of_new


def by_artist(credits, **columns):
    frame = pd.DataFrame({"artist": credits, "tempo": np.linspace(60, 200, len(credits)), **columns})
    return Catalog.from_frame(frame, "made")


def grouped(catalog):
    return [
        set(rows) for rows in pd.Series(catalog.tracks.index).groupby(catalog.split_groups.codes).agg(list)
    ]


def test_tracks_of_unknown_artist_are_linked_by_their_recording_only():
    catalog = by_artist(["", "Various Artists", "Unknown", "Eva", ""], content_hash=["a", "b", "c", "d", "d"])
    assert sorted(map(sorted, grouped(catalog))) == [[0], [1], [2], [3, 4]]


def test_an_album_artist_links_albums_but_a_compilation_does_not():
    artists, of_album = ["Eva", "Zoe", "Jo", "Ada"], ["Zoe", "", "Various Artists", "Various Artists"]
    others = ["Bob", "Ida", "Max", "Uma"]
    catalog = by_artist([*artists, *others], album_artist=[*of_album, None, None, None, None])
    assert sorted(map(sorted, grouped(catalog))) == [[0, 1], [2], [3], [4], [5], [6], [7]]


def test_too_large_a_group_is_divided_by_first_artist():
    # A guest links all of the first twelve tracks, three of each of four artists.
    catalog = by_artist(
        [f"Artist {i % 4} feat. Guest" for i in range(12)] + [f"Other {i}" for i in range(12)]
    )
    groups = catalog.split_groups
    assert sorted(groups.sizes) == [1] * 12 + [3] * 4
    assert groups.divided.tolist() == [BY_ARTIST] * 12 + [0] * 12
    for seed in SEEDS:
        train, test = parts(catalog, seed)
        assert not {*catalog.artist_codes[train]} & {*catalog.artist_codes[test]}


def test_the_only_artist_of_a_catalogue_is_divided_by_recording():
    catalog = by_artist(["Bach"] * 20, title=[f"Prelude {i // 2}" for i in range(20)])
    assert (catalog.split_groups.divided == BY_WORK).all()
    tests = [parts(catalog, seed)[1] for seed in SEEDS]
    assert {len(test) for test in tests} == {6}
    assert all(np.array_equal(test[::2] + 1, test[1::2]) for test in tests)
    assert len({tuple(test) for test in tests}) > 5


def test_a_single_recording_is_not_divided():
    catalog = by_artist(["Bach", "Bach", "Bach"], title=["Air"] * 3)
    assert not catalog.split_groups.divided.any()
    train, test = parts(catalog, 0)
    assert len(train) in (0, 3)
    assert len(test) == 3 - len(train)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, "1", True, None])
def test_a_seed_that_is_no_whole_number_is_refused(seed):
    with pytest.raises(UserError, match="split_seed must be a whole number from 0"):
        open_catalog("demo").split("train", seed=seed)


@pytest.mark.parametrize("fraction", [5, -0.1, float("nan"), "0.3", None])
def test_a_fraction_that_is_no_share_is_refused(fraction):
    with pytest.raises(UserError, match="fraction must be a number from 0 to 1"):
        open_catalog("demo").split("test", fraction=fraction)


def test_all_or_nothing_may_be_the_test_part():
    catalog = open_catalog("demo")
    assert len(catalog.split("test", fraction=0)) == len(catalog.split("train", fraction=1)) == 0


def test_numbers_of_numpy_are_seeds():
    catalog = open_catalog("demo")
    assert np.array_equal(catalog.split("test", seed=np.int64(3)), catalog.split("test", seed=3))
