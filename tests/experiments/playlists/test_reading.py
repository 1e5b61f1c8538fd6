"""Times, gaps, curves and names as people write them."""

import numpy as np
import pandas as pd
import pytest

from segue.experiments.playlists.formats import Entry
from segue.experiments.playlists.reading.curves import energy_curve
from segue.experiments.playlists.reading.matching import find_track, match_entries
from segue.experiments.playlists.reading.quantities import gap, seconds
from segue.features import Catalog
from segue.features.errors import UserError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90m", 5400),
        ("1h30m", 5400),
        ("1:30:00", 5400),
        ("2:30", 150),
        ("45 s", 45),
        (30, 30),
        ("1.5h", 5400),
    ],
)
def test_a_time_is(text, expected):
    assert seconds(text, "--duration") == expected


@pytest.mark.parametrize(
    "text", ["", "-5m", "5 apples", "nan", "inf", "1e99h", None, True, [5], "m5", "9999999h"]
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(UserError, match="not a time"):
        seconds(text, "--duration")


def test_a_gap_counts_tracks_or_time():
    assert gap("3", "--artist-gap") == (3, 0.0)
    assert gap("20m", "--artist-gap") == (0, 1200.0)
    for wrong in ("-1", "1.5", "nan", "", None, True):
        with pytest.raises(UserError, match="neither"):
            gap(wrong, "--artist-gap")


@pytest.fixture(scope="module")
def music():
    frame = pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "path": ["A/Café #1.flac", "B/two.mp3", "C/two.mp3"],
            "title": ["Café", "Two", "Two"],
            "artist": ["Ana", "Bo", "Cy"],
            "duration": [100.0, 200.0, 300.0],
            "energy": [0.1, 0.5, 0.9],
        }
    )
    return Catalog.from_frame(frame, "three", root="/music")


def test_curves_by_points_are_level_beyond_their_ends(music):
    curve = energy_curve("0.2:0.4,0.6:0.8", music)
    at = np.interp([0, 0.2, 0.4, 0.6, 1], np.linspace(0, 1, len(curve)), curve)
    np.testing.assert_allclose(at, [0.4, 0.4, 0.6, 0.8, 0.8], atol=1e-9)


@pytest.mark.parametrize(
    "text", ["0:0.5,0:0.6", "0:2", "1:0.1,0:0.3", "x:1", "peaks", "0.5", [0.5], {"0": "high"}]
)
def test_what_is_no_curve_is_refused(music, text):
    with pytest.raises(UserError):
        energy_curve(text, music)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("a", 0),
        ("/music/A/Café #1.flac", 0),
        ("cafe", 0),
        ("Bo - Two", 1),
        ("C\\two.mp3", 2),
        ("ANA - café", 0),
    ],
)
def test_a_track_is_found_by(music, name, row):
    assert find_track(music, name, "--first") == row


SAME_NAMES = [
    ("a", "Mix/Song.mp3", "Song", "Ana", 100.0),
    ("b", "mix/song.mp3", "Song - Remastered 2009", "Ana", 200.0),
    ("c", "01.mp3", "Älter, now!", "Bo feat. Ana", 100.0),
    ("d", "", "Song", "Cy & Dee", 100.0),
]


@pytest.fixture(scope="module")
def similar():
    frame = pd.DataFrame(SAME_NAMES, columns=["id", "path", "title", "artist", "duration"]).assign(energy=0.5)
    return Catalog.from_frame(frame, "similar", root="/music")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("Mix/Song.mp3", "a"),
        ("/music/mix/song.mp3", "b"),
        ("D:\\Music\\MIX\\SONG.MP3", "a b"),
        ("/elsewhere/mix/song.mp3", "b"),
        ("01.mp3", "c"),
        ("/elsewhere/01.mp3", ""),  # a name alone says little
        ("Song.mp3", ""),
    ],
)
def test_a_path_means_the_same_track_in_an_option_and_in_a_playlist_file(path, found, similar):
    rows = [int(row) for row in map("abcd".index, found.split())]
    assert match_entries(similar, [Entry(path)])[0].tolist() == rows[:1]
    if len(rows) == 1:
        assert find_track(similar, path, "--first") == rows[0]
    else:
        with pytest.raises(UserError, match="2 tracks" if rows else "no track"):
            find_track(similar, path, "--first")


@pytest.mark.parametrize(
    ("artist", "title", "row"),
    [
        ("Ana", "Song", 0),
        ("ANA", "song", 0),
        ("Ana", "Song - Remastered 2009", 1),
        ("Ana", "Song (2020 Remaster)", None),
        ("Ana", "alter now", 2),
        ("Dee", "Song", 3),
        ("Bo", "Song", None),
    ],
)
def test_a_name_means_the_same_track_in_an_option_and_in_a_playlist_file(artist, title, row, similar):
    if row is None:
        with pytest.raises(UserError, match="track"):
            find_track(similar, f"{artist} - {title}", "--first")
    else:
        assert find_track(similar, f"{artist} - {title}", "--first") == row
        assert match_entries(similar, [Entry("", title, artist)])[0].tolist() == [row]


def test_the_length_decides_between_releases_of_a_recording(similar):
    entries = [Entry("", "Song", "Ana", duration=length) for length in (101.0, 201.0, 300.0)]
    rows, missing = match_entries(similar, entries)
    assert rows.tolist() == [0, 1]
    assert missing == entries[2:]


def test_a_name_of_none_or_of_several_tracks_is_refused(music):
    for name, says in (("nothing", "no track"), ("two", "2 tracks"), ("", "no track")):
        with pytest.raises(UserError, match=says):
            find_track(music, name, "--first")


def test_entries_are_matched_by_path_then_by_title_artist_and_length(music):
    entries = [
        Entry("/mnt/other/A/Cafe\u0301 #1.flac"),
        Entry("elsewhere.mp3", "Two", "Cy", duration=301.0),
        Entry("elsewhere.mp3", "Two", "Cy", duration=200.0),
        Entry("nothing.mp3"),
    ]
    rows, missing = match_entries(music, entries)
    assert rows.tolist() == [0, 2]
    assert missing == entries[2:]
