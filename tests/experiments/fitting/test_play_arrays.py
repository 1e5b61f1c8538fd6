"""A table of plays as arrays: its order, what is unknown, and sessions that are too long."""

import numpy as np
import pandas as pd
import pytest

from segue.envs.listener.response import USUAL_DURATION
from segue.experiments.fitting.play_arrays import play_arrays
from segue.features import open_catalog
from segue.features.errors import UserError


def table(rows):
    names = ["listener", "session", "position", "time", "track", "skipped", "listened", "listened_s"]
    frame = pd.DataFrame(rows, columns=names).astype({"skipped": "boolean"})
    return frame.assign(time=pd.to_datetime(frame["time"], utc=True))


def test_sessions_follow_each_other_in_time_and_plays_by_position():
    rows = [
        ("a", "late", 1, "2024-01-02 10:05", "t3", True, 0.1, None),
        ("b", "only", 0, "2024-01-01 09:00", "t0", False, 1.0, None),
        ("a", "late", 0, "2024-01-02 10:00", "t2", False, 1.0, None),
        ("a", "early", 0, "2024-01-01 10:00", "t1", True, 0.2, None),
    ]
    found = play_arrays(table(rows), None)
    assert list(found.listened) == [0.2, 1.0, 0.1, 1.0]
    assert list(found.first) == [True, True, False, True]
    assert list(found.listener_starts) == [0, 3, 4]
    assert found.listeners == ("a", "b")


def test_what_the_log_does_not_say_is_marked_as_unknown():
    catalog = open_catalog("synthetic:50")
    name, seconds = str(catalog.ids[7]), float(catalog.raw("duration")[7])
    rows = [
        ("a", "s", 0, "2024-01-01", name, True, None, seconds / 4),
        ("a", "s", 1, "2024-01-01", "nowhere", None, None, None),
        ("a", "s", 2, "2024-01-01", name, None, 0.99, None),
        ("a", "s", 3, "2024-01-01", name, True, None, None),
    ]
    found = play_arrays(table(rows), catalog)
    assert list(found.track) == [7, -1, 7, 7]
    assert list(found.skipped) == [1, -1, 0, 1]
    assert np.allclose(found.listened, [0.25, np.nan, 0.99, np.nan], equal_nan=True)
    # When the last track was skipped is not known.
    assert list(found.timed) == [True, False, False, False]


def test_one_endless_session_is_cut_into_pieces():
    rows = [("a", "s", k, None, "x", k % 2 == 0, None, None) for k in range(4000)]
    found = play_arrays(table(rows), None)
    assert found.n_sessions == 50
    assert found.position.max() == 79


def heard(rows, **columns):
    """One session of plays given as track, seconds heard, skipped, why it ended, and length."""
    names = ["track", "listened_s", "skipped", "end_reason", "duration_s"]
    frame = pd.DataFrame(rows, columns=names).astype({"skipped": "boolean", "duration_s": float})
    return frame.assign(session="s", listener="a", position=range(len(rows)), **columns)


def test_a_play_that_stops_early_is_a_skip_only_if_the_log_says_so():
    rows = [
        ("x", 10.0, None, "logout", 200.0),
        ("x", 10.0, False, "endplay", 200.0),
        ("x", 10.0, True, "fwdbtn", 200.0),
        ("x", 199.0, None, "unknown", 200.0),
    ]
    found = play_arrays(heard(rows), None)
    assert list(found.skipped) == [-1, 0, 1, 0]
    assert list(found.stopped) == [True, True, False, False]
    assert list(found.timed) == [False, False, True, False]


def test_in_a_log_that_never_says_so_plays_that_stop_early_are_skips():
    rows = [("x", 10.0, None, None, 200.0), ("x", 199.0, None, None, 200.0), ("y", 10.0, None, None, None)]
    found = play_arrays(heard(rows), None)
    # The length of y is not known: it may be over after 10 s.
    assert list(found.skipped) == [1, 0, -1]


def test_seconds_are_kept_where_the_length_of_the_track_is_unknown():
    rows = [
        ("x", 21.0, True, "fwdbtn", None),
        ("y", 300.0, True, "fwdbtn", None),
        ("y", 150.0, True, "fwdbtn", None),
    ]
    found = play_arrays(heard(rows), None)
    # A track that was heard for longer than the usual length is that long.
    assert list(found.duration) == [USUAL_DURATION, 300.0, 300.0]
    assert list(found.listened * found.duration) == pytest.approx([21.0, 300.0, 150.0])
    assert found.timed.all()


def test_lengths_are_those_of_other_plays_of_the_track():
    rows = [
        ("x", 30.0, True, "fwdbtn", None),
        ("x", 120.0, False, "trackdone", None),
        ("x", 118.0, False, "completed", None),
        ("x", 122.0, False, "trackdone", None),
        ("y", 30.0, True, "fwdbtn", None),
        ("y", 60.0, True, "fwdbtn", 90.0),
    ]
    found = play_arrays(heard(rows), None)
    assert list(found.duration) == [120.0] * 4 + [90.0] * 2
    assert list(found.listened[[0, 1, 4]]) == pytest.approx([0.25, 1.0, 1 / 3])


def test_a_log_of_seconds_alone_is_refused_with_what_it_lacks():
    rows = [("x", 30.0, None, None, None), ("y", 60.0, None, None, None)]
    with pytest.raises(UserError, match=r"for how many seconds .* give their lengths as duration_s"):
        play_arrays(heard(rows), None)
