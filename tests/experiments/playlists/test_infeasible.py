"""The smallest change of an impossible request: what it offers works, together with what it keeps."""

import numpy as np
import pytest

from segue.experiments.playlists.make_playlist import make_playlist
from segue.features import Catalog, open_catalog
from segue.features.errors import UserError


def tracks(**columns):
    """Ten tracks of the demo catalogue with other values in some columns."""
    frame = open_catalog("demo").tracks.head(10).assign(**columns)
    return Catalog.from_frame(frame.drop(columns=["camelot"], errors="ignore"), "ten")


def test_without_a_filter_speech_is_still_left_out():
    catalog = tracks(
        genre=["house"] * 5 + ["talk"] * 5,
        sound_type=["music"] * 5 + ["speech"] * 5,
        artist=["One"] * 5 + [f"Speaker {k}" for k in range(5)],
    )
    request = {"tracks": 3, "where": "genre = house", "artist_gap": 1}
    with pytest.raises(UserError, match="--artist-gap 0") as error:
        make_playlist(catalog, request)
    assert "no --where" not in str(error.value)
    music = tracks(genre=["house"] * 5 + ["talk"] * 5, artist=["One"] * 5 + [f"Band {k}" for k in range(5)])
    with pytest.raises(UserError, match="--artist-gap 0 or no --where"):
        make_playlist(music, request)


def test_the_first_and_the_last_track_can_be_dropped_together():
    tempo = np.full(10, 120.0)
    key = np.full(10, 0.0)
    tempo[0], key[9] = 80.0, 6.0
    catalog = tracks(tempo=tempo, key=key, mode=1.0)
    request = {
        **{"tracks": 4, "first": catalog.ids[0], "last": catalog.ids[9]},
        **{"max_tempo_change": 5.0, "half_double": False, "keys": "same"},
    }
    with pytest.raises(UserError, match="works is no --first and no --last"):
        make_playlist(catalog, request)
    assert len(make_playlist(catalog, {**request, "first": None, "last": None})) == 4
