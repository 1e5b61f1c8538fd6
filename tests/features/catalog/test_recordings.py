"""Tracks that count as the same recording."""

import numpy as np
import pandas as pd
import pytest

from segue.features import Catalog
from segue.features.catalog.identity.links import linked_groups
from segue.features.catalog.identity.recordings import title_of_recording, title_without_version


def test_equal_content_is_the_same_recording():
    frame = pd.DataFrame(
        {"tempo": [90.0, 91, 92, 93], "content_hash": ["a", "b", "a", ""], "title": ["x", "y", "z", ""]}
    )
    codes = Catalog.from_frame(frame, "c").recording_codes
    assert codes[0] == codes[2]
    assert len(set(codes)) == 3


def test_versions_of_a_song_by_one_artist_are_recordings_of_one_work():
    frame = pd.DataFrame(
        {
            "title": ["Song", "Song (Live)", "Song - Remastered 2009", "Song", "Other"],
            "artist": ["A", "A feat. B", "A", "C", "A"],
            "tempo": [101.0, 102.0, 103.0, 104.0, 105.0],
        }
    )
    catalog = Catalog.from_frame(frame, "x")
    assert catalog.recording_codes.tolist() == [0, 1, 0, 2, 3]
    assert catalog.work_codes.tolist() == [0, 0, 0, 1, 2]
    assert len(set(catalog.split_groups.codes[:3])) == 1


def test_eight_remixes_are_eight_recordings():
    remixes = [f"Song ({name} Remix)" for name in "ABCDEFGH"]
    catalog = Catalog.from_frame(
        pd.DataFrame({"title": remixes, "artist": "X", "tempo": range(100, 108)}), "x"
    )
    assert len(set(catalog.recording_codes)) == 8
    assert len(set(catalog.work_codes)) == 1


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Song (Live) [Remastered]", "song (live)"),
        ("Song (2011 Remastered Version)", "song"),
        ("Song (feat. Somebody)", "song"),
        ("Song - Mono", "song"),
        ("Song (Somebody Remix feat. Another)", "song (somebody remix feat. another)"),
        ("Song - Acoustic", "song - acoustic"),
    ],
)
def test_marks_of_a_release_are_stripped_from_the_titles_of_recordings(title, kept):
    assert title_of_recording(title) == kept


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
def test_version_marks_are_stripped_from_titles(title, bare):
    assert title_without_version(title) == bare


@pytest.mark.parametrize("n", [200, 700])
def test_two_encodings_of_a_track_are_one_recording(n):
    # 1400 tracks are compared by another method than 400.
    rng = np.random.default_rng(0)
    chroma, seconds = rng.dirichlet(np.ones(12), n), rng.uniform(100, 300, n)
    encodings = [
        (chroma + rng.uniform(-0.002, 0.002, (n, 12)), seconds + rng.uniform(-0.4, 0.4, n)) for _ in "ab"
    ]
    rows = np.concatenate([np.column_stack(each) for each in encodings])
    frame = pd.DataFrame(rows, columns=[*(f"chroma_{k}" for k in range(12)), "duration"])
    frame = frame.clip(lower=0).assign(tempo=120.0, content_hash=[f"{row}" for row in range(2 * n)])
    codes = Catalog.from_frame(frame, "x").recording_codes
    assert codes.tolist() == [*range(n), *range(n)]


def test_a_chain_of_links_is_one_group():
    rng = np.random.default_rng(0)
    order = rng.permutation(1000)
    chain = np.stack([order[:-1], order[1:]], axis=1)
    assert not linked_groups(1000, chain).any()
    # Without the middle link there are two groups; the one of row 0 is the first.
    parted = linked_groups(1000, np.delete(chain, 499, axis=0))
    first = order[:500] if 0 in order[:500] else order[500:]
    assert np.flatnonzero(parted == 0).tolist() == np.sort(first).tolist()
    assert parted.max() == 1
    assert linked_groups(3, np.zeros((0, 2), np.int64)).tolist() == [0, 1, 2]
