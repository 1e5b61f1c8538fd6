"""Tracks that count as the same recording."""

import pandas as pd
import pytest

from segue.features import Catalog
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
            "tempo": [1.0, 2.0, 3.0, 4.0, 5.0],
        }
    )
    catalog = Catalog.from_frame(frame, "x")
    assert catalog.recording_codes.tolist() == [0, 1, 0, 2, 3]
    assert catalog.work_codes.tolist() == [0, 0, 0, 1, 2]
    assert len(set(catalog.split_groups.codes[:3])) == 1


def test_eight_remixes_are_eight_recordings():
    remixes = [f"Song ({name} Remix)" for name in "ABCDEFGH"]
    catalog = Catalog.from_frame(pd.DataFrame({"title": remixes, "artist": "X", "tempo": range(8)}), "x")
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
