"""A table of plays as arrays: its order, what is unknown, and sessions that are too long."""

import numpy as np
import pandas as pd

from segue.experiments.fitting.play_arrays import play_arrays
from segue.features import open_catalog


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
        ("a", "s", 0, "2024-01-01", name, None, None, seconds / 4),
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
