"""Listeners counted in playlists, and the simulation that plays to them."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segue.agents.djmc.preferences import Preferences, bin_of_percentile
from segue.experiments.djmc.playlist_listeners import PlaylistListeners, count_listeners, read_playlists
from segue.experiments.djmc.playlist_simulation import GREEDY, LEARNED, RANDOM, PlaylistSessions
from segue.experiments.djmc.reproduce import reproduce_playlists
from segue.features.errors import UserError

ROOT = Path(__file__).parents[3]
LIKED, FOLLOWING = np.array([2, 8]), np.array([3, 9])
"""Bins of the first descriptor in the two planted clusters: songs alternate between the two of a cluster."""


@pytest.fixture(scope="module")
def planted():
    """Songs of two descriptors, the first of them planted, and 20 playlists of 40 songs in two clusters."""
    rng = np.random.default_rng(0)
    bins = np.stack([np.arange(600) % 10, rng.integers(0, 10, 600)], axis=1)
    songs = ((bins + 0.5) / 10).astype(np.float32)
    by_bin = [np.flatnonzero(np.arange(600) % 10 == number) for number in range(10)]
    playlists = [
        np.array([rng.choice(by_bin[(LIKED, FOLLOWING)[place % 2][code]]) for place in range(40)])
        for code in (0, 1)
        for _ in range(10)
    ]
    return songs, playlists


@pytest.mark.parametrize("share", [0.7, 1.0])
def test_planted_preferences_are_counted(planted, share):
    found = count_listeners(*planted, listeners=12, clusters=2, share=share, seed=1)
    code = (found.preferences.song[:, 0, LIKED[1]] > 0.2).astype(int)
    assert set(code) == {0, 1}
    # A playlist of 40 songs has 39 transitions: 20 there and 19 back.
    songs, pairs = round(400 * share), round(390 * share)
    tolerance = 0.1 if share < 1 else 1e-9
    row = np.arange(12)
    liked = found.preferences.song[row, 0, LIKED[code]]
    following = found.preferences.song[row, 0, FOLLOWING[code]]
    np.testing.assert_allclose(liked + following, (songs + 2) / (songs + 10))
    np.testing.assert_allclose(liked, (songs / 2 + 1) / (songs + 10), atol=tolerance)
    there = found.preferences.transition[row, 0, LIKED[code], FOLLOWING[code]]
    back = found.preferences.transition[row, 0, FOLLOWING[code], LIKED[code]]
    np.testing.assert_allclose(there + back, (pairs + 2) / (pairs + 100))
    np.testing.assert_allclose(there, (pairs * 20 / 39 + 1) / (pairs + 100), atol=tolerance)


def test_listeners_differ_and_survive_being_saved(planted, tmp_path):
    found = count_listeners(*planted, listeners=6, clusters=2)
    assert len(np.unique(found.preferences.transition.reshape(6, -1), axis=0)) == 6
    found.save(tmp_path / "new" / "listeners.npz")
    loaded = PlaylistListeners.load(tmp_path / "new" / "listeners.npz")
    np.testing.assert_array_equal(loaded.songs, found.songs)
    np.testing.assert_allclose(loaded.preferences.transition, found.preferences.transition, rtol=1e-6)
    (tmp_path / "other.npz").write_text("nothing")
    for path in ("other.npz", "missing.npz"):
        with pytest.raises(UserError, match="holds no listeners"):
            PlaylistListeners.load(tmp_path / path)


def test_tables_become_percentiles_and_ordered_playlists():
    catalog = pd.DataFrame({"id": ["c", "a", "b", "a"], "name": "x", "tempo": [90.0, 120.0, 100.0, 120.0]})
    plays = pd.DataFrame({"id": ["b", "a", "?", "c", "b"], "list": ["one", "two", "one", "one", "two"]})
    songs, playlists = read_playlists(catalog, plays, "id", "list")
    np.testing.assert_allclose(songs[:, 0], [1 / 6, 5 / 6, 1 / 2])
    assert [playlist.tolist() for playlist in playlists] == [[2, 0], [1, 2]]
    with pytest.raises(UserError, match="No column 'playlist'"):
        read_playlists(catalog, plays, "id", "playlist")
    with pytest.raises(UserError, match="no column of numbers"):
        read_playlists(catalog[["id", "name"]], plays, "id", "list")


def test_too_many_clusters_are_refused(planted):
    with pytest.raises(UserError, match="set clusters between 1 and 20"):
        count_listeners(*planted, listeners=2, clusters=21)


def test_a_session_pays_for_the_song_and_for_all_transitions_to_it():
    preferences = Preferences.uniform(1, 1)
    preferences.song[0, 0, 4], preferences.transition[0, 0, 1, 4] = 0.5, 0.9
    songs = np.array([[[1], [4], [1]]])
    sessions = PlaylistSessions(preferences, songs, np.array([[True, False, True]]), songs[:, :0])
    np.testing.assert_array_equal(sessions.utility(), [[0.1, -np.inf, 0.1]])
    assert sessions.step(np.array([0])) == pytest.approx(0.1)
    assert sessions.step(np.array([2])) == pytest.approx(0.1 + 0.01)
    # The two songs before it were one and two places back.
    assert sessions.step(np.array([1])) == pytest.approx(0.5 + 0.9 + 0.9 / 4)


def test_planning_far_over_many_songs_costs_reward(planted, tmp_path):
    """With few rollouts of long sequences the first song is an average one of those planned over."""
    listeners = count_listeners(*planted, listeners=4, clusters=2)
    table = reproduce_playlists(
        tmp_path, listeners, [2, 10], [0.25, 1.0], [119, 20], rollouts=100, corpus=120
    )
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "playlists.csv"), table, rtol=1e-4, atol=1e-6)
    longest = table[(table["songs"] == 50) & (table["favourites_of"] == 119)]
    mean = longest.set_index(["agent", "horizon", "share"])["mean"]
    assert mean[GREEDY, 0, 1.0] > mean[RANDOM, 0, 1.0]
    assert mean[LEARNED, 10, 1.0] < mean[LEARNED, 2, 0.25]
    assert mean[LEARNED, 10, 1.0] < mean[GREEDY, 0, 1.0]
    greedy = table[(table["agent"] == GREEDY) & (table["songs"] == 50)].set_index("favourites_of")["mean"]
    assert greedy[20] < greedy[119]


def test_percentiles_survive_as_the_bins_that_were_counted(planted):
    songs, _ = planted
    np.testing.assert_array_equal(bin_of_percentile(songs)[:, 0], np.arange(600) % 10)


def test_the_command_shown_gives_the_table_shown():
    shown = re.findall(
        r"reproduce\.py\s+--listeners (\d+)", (ROOT / "docs" / "results.md").read_text("utf-8")
    )
    kept = pd.read_csv(ROOT / "experiments" / "results" / "djmc" / "summary.csv")
    assert {int(number) for number in shown} == set(kept["listeners"])
