"""Tracks that count as the same recording."""

import pandas as pd
import pytest

from segue.features import Catalog
from segue.features.catalog.identity.recordings import title_without_version


def test_equal_content_is_the_same_recording():
    frame = pd.DataFrame(
        {"tempo": [90.0, 91, 92, 93], "content_hash": ["a", "b", "a", ""], "title": ["x", "y", "z", ""]}
    )
    codes = Catalog.from_frame(frame, "c").recording_codes
    assert codes[0] == codes[2]
    assert len(set(codes)) == 3


def test_versions_of_a_song_by_one_artist_are_one_recording():
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
