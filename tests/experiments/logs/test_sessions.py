"""Cutting logs into sessions, and that large logs, read in pieces, give the same table as small ones."""

import json

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.experiments.logs import buckets
from segue.experiments.logs.counts import Counts
from segue.experiments.logs.plays import read_notes
from segue.experiments.logs.sessions import divide
from segue.experiments.logs.sources import json_pieces

GAP = 1800.0
ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 30_000), st.integers(0, 4000), st.sampled_from("xyz")),
    min_size=1,
    max_size=40,
)


def raw(rows):
    at = pd.to_datetime([row[1] for row in rows], unit="s", utc=True).astype("datetime64[ns, UTC]")
    heard = np.array([row[2] for row in rows], dtype=float)
    return pd.DataFrame(
        {
            "listener": [row[0] for row in rows],
            "at": at,
            "time": at - pd.to_timedelta(heard, unit="s"),
            "track": [row[3] for row in rows],
            "listened_s": heard,
            "sequence": np.arange(len(rows)),
        }
    )


@settings(max_examples=25)
@given(ROWS)
def test_sessions_are_cut_exactly_at_gaps(rows):
    counts = Counts()
    plays = divide(raw(rows), GAP, counts)
    assert len(plays) + counts.left_out["duplicates"] == len(rows)
    assert len(plays) == len(set(rows))
    pause = (plays["time"] - plays["at"].shift()).dt.total_seconds().to_numpy()
    same = (plays["listener"] == plays["listener"].shift()).to_numpy()
    assert ((plays["position"] == 0).to_numpy() == ~(same & (pause <= GAP))).all()
    assert (plays["session"].duplicated() == (plays["position"] > 0)).all()
    for _, times in plays.groupby("listener")["at"]:
        assert times.is_monotonic_increasing


@settings(max_examples=25)
@given(ROWS, st.randoms())
def test_the_order_of_the_rows_does_not_matter_if_no_times_are_equal(rows, random):
    distinct = list(
        {(listener, at): (listener, at, heard, track) for listener, at, heard, track in rows}.values()
    )
    shuffled = random.sample(distinct, len(distinct))
    first, second = (
        divide(raw(each), GAP, Counts()).drop(columns="sequence") for each in (distinct, shuffled)
    )
    pd.testing.assert_frame_equal(first, second)


def test_a_play_of_unknown_length_lasts_as_long_as_its_track():
    plays = raw([("a", 0, 0, "x"), ("a", 3000, 0, "y"), ("a", 6000, 0, "z")])
    plays["listened_s"] = np.nan
    plays["duration_s"] = [1500.0, 100.0, np.nan]
    assert divide(plays, GAP, Counts())["position"].tolist() == [0, 1, 0]


def test_sessions_that_the_log_knows_are_kept():
    plays = raw([("a", 9000, 0, "x"), ("a", 100, 0, "y"), ("a", 90_000, 0, "z"), ("a", 200, 0, "y")])
    plays["session"] = ["late", "early", "late", "early"]
    divided = divide(plays, GAP, Counts())
    assert divided["session"].tolist() == ["early", "early", "late", "late"]
    assert divided["track"].tolist() == ["y", "y", "x", "z"]
    # A place in the session comes before the time.
    plays["order"] = pd.array([2, 5, 1, 6], dtype="Int64")
    assert divide(plays, GAP, Counts())["track"].tolist() == ["y", "y", "z", "x"]


def test_equal_times_in_a_session_from_the_newest_are_reversed_too():
    plays = raw([("a", 300, 0, "z"), ("a", 200, 0, "y"), ("a", 200, 0, "x"), ("a", 100, 0, "w")])
    plays["session"] = ["s"] * 4
    assert divide(plays, GAP, Counts())["track"].tolist() == ["w", "x", "y", "z"]
    forward = plays[::-1].assign(sequence=range(4))
    assert divide(forward, GAP, Counts())["track"].tolist() == ["w", "x", "y", "z"]


def test_a_log_without_sessions_is_sorted_by_its_places_too():
    plays = raw([("a", 0, 0, "z"), ("a", 0, 0, "x"), ("b", 0, 0, "w"), ("a", 0, 0, "y")])
    plays["order"] = pd.array([3, 1, 7, 2], dtype="Int64")
    timeless = plays.drop(columns=["at", "time"])
    assert divide(timeless, GAP, Counts())["track"].tolist() == ["x", "y", "z", "w"]
    # Places may count from the start of each session, so the time comes before them.
    plays["at"] = plays["time"] = pd.to_datetime([0, 9000, 0, 0], unit="s", utc=True)
    assert divide(plays, GAP, Counts())["track"].tolist() == ["y", "z", "x", "w"]


def test_pieces_and_parts_change_nothing(convert, entry, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    seconds = np.sort(rng.integers(1_600_000_000, 1_600_900_000, 120))
    times = pd.to_datetime(seconds, unit="s").strftime("%Y-%m-%dT%H:%M:%SZ")
    files = []
    for number in range(4):
        entries = [
            entry(
                time,
                int(rng.integers(0, 250_000)),
                uri=f"{rng.integers(30):022d}",
                skipped=bool(rng.random() < 0.5),
            )
            for time in times[number::4]
        ]
        files.append(tmp_path / str(number) / "endsong_0.json")
        files[-1].parent.mkdir()
        files[-1].write_text(json.dumps(entries), "utf-8")
    whole, printed = convert(*files)
    monkeypatch.setattr(json_pieces, "ROWS", 20)
    monkeypatch.setattr(json_pieces, "_CHUNK", 100)
    monkeypatch.setattr(buckets, "_PART", 1)
    pieces, printed_again = convert(*files)
    assert printed.replace("plays-1", "plays-2") == printed_again
    by_session = whole.sort_values(["session", "position"], ignore_index=True)
    pd.testing.assert_frame_equal(by_session, pieces.sort_values(["session", "position"], ignore_index=True))
    assert whole["listener"].nunique() == 4
    assert read_notes(tmp_path / "plays-1.parquet")["read"] == 120
