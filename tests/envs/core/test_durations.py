"""Durations as a part of the observation."""

import gymnasium as gym
import numpy as np
import pandas as pd
import pytest

import segue.envs  # noqa: F401 - registers the environments
from segue.features import open_catalog
from segue.features.errors import UserError


def with_durations(seconds):
    """Makes a catalogue of as many tracks as there are durations."""
    catalog = open_catalog(f"synthetic:{len(seconds)}")
    tracks = catalog.tracks.assign(duration=np.array(seconds, float))
    return pd.DataFrame(tracks)


def test_half_a_minute_is_0_and_20_minutes_are_1_and_between_them_they_are_logarithmic():
    seconds = [12.0, 30.0, np.sqrt(30.0 * 1200.0), 1200.0, 5000.0, 240.0, np.nan, 60.0]
    env = gym.make(
        "segue/Session-v0", catalog=with_durations(seconds), pool_size=7, length=3, pool={"kind": "uniform"}
    )
    seen = {}
    for seed in range(20):
        observation, _ = env.reset(seed=seed)
        seen |= zip(env.unwrapped.sessions.pool[0].tolist(), observation["durations"].tolist(), strict=True)
    # log 8, log 7 (an unknown duration counts as 210 s) and log 2 over log 40.
    expected = [0.0, 0.0, 0.5, 1.0, 1.0, 0.5637, 0.5275, 0.1879]
    assert [seen[row] for row in range(8)] == pytest.approx(expected, abs=1e-4)


def test_only_session_observes_durations_unless_asked_to():
    spaces = {name: gym.make(f"segue/{name}-v0").observation_space for name in ("Playlist", "Session")}
    assert "durations" not in spaces["Playlist"].spaces
    assert spaces["Session"]["durations"].shape == (50,)
    assert gym.make("segue/Session-v0", observe_durations=False).observation_space == spaces["Playlist"]
    with pytest.raises(UserError, match="observe_durations must be true or false, but is 'yes'"):
        gym.make("segue/Playlist-v0", observe_durations="yes")


def test_candidates_that_do_not_exist_have_duration_0():
    env = gym.make_vec("segue/Session-v0", num_envs=1, pool_size=4, length=3)
    sessions = env.unwrapped.sessions
    env.reset(seed=1)
    sessions.start_with(np.array([[3, 5, -1, 7]], np.int32), np.array([9]))
    durations = env.unwrapped.layout.observe(sessions)["durations"][0]
    assert durations[2] == 0.0
    assert (durations[[0, 1, 3]] > 0.0).all()
