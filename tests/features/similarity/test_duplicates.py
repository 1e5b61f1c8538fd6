"""Tracks of the same recording."""

from segue.features import Catalog, near_duplicates


def test_other_encodings_of_a_recording_are_found_by_sound(extracted):
    catalog = Catalog.load(extracted.catalog)
    (group,) = near_duplicates(catalog)
    assert set(catalog.tracks["path"].iloc[group]) == {
        "Some Artist/Some Album/01 - First Song.flac",
        "lossy.mp3",
        "ünï – 日本.ogg",
    }
