"""The statistics by which a simulated listener is compared with a log."""

import numpy as np
import pandas as pd
import pytest

from segue.envs import load_preset
from segue.experiments.fitting.goodness.realism import (
    Log,
    _compared,
    _log_chance_of_end,
    _real,
    _statistics,
    compare_with_log,
)
from segue.experiments.fitting.goodness.summary import realism_line, realism_table
from segue.experiments.fitting.play_arrays import play_arrays
from segue.experiments.fitting.simulated_logs import simulate_log


def log(rows, width=20):
    """Sessions given as strings of s(kipped after 10 s) and k(ept)."""
    skipped, known = np.zeros((len(rows), width), bool), np.zeros((len(rows), width), bool)
    for at, row in enumerate(rows):
        skipped[at, : len(row)] = [mark == "s" for mark in row]
        known[at, : len(row)] = True
    return Log(skipped, known, np.where(skipped, 10.0, 200.0), np.array([len(row) for row in rows]))


def test_statistics_equal_hand_computed_ones():
    found = _statistics(log(["s" * 12, "k" * 20, "sk" * 6]), (12, 20))
    assert found["P(skip | skip)"][0] == pytest.approx(11 / 17)
    assert found["P(skip | kept)"][0] == pytest.approx(5 / 24)
    assert found["skipped within 5 s"][0] == 0
    assert found["skipped within 30 s"][0] == pytest.approx(18 / 44)
    # One run of skips of 1 + 6, and one of kept tracks of 1 + 6, is long.
    assert found["runs of 10 or more skips"][0] == pytest.approx(1 / 7)
    assert found["runs of 10 or more kept tracks"][0] == pytest.approx(1 / 7)
    assert found["session length (KS)"][[11, 12, 19, 20]] == pytest.approx([0, 2 / 3, 2 / 3, 1])


def test_a_log_passes_beside_itself_and_fails_beside_another():
    rng = np.random.default_rng(0)

    def drawn(chance):
        return log(["".join("ks"[int(x)] for x in rng.random(15) < chance) for _ in range(400)])

    one, same, other = drawn(0.4), drawn(0.4), drawn(0.6)
    assert _compared(one, one, None, rng)["within"].all()
    assert _compared(one, same, None, rng)["within"].mean() > 0.8
    failed = _compared(one, other, None, rng).set_index("name")["within"]
    assert not failed["P(skip | skip)"]
    assert not failed["skip rate by position (RMSE)"]


def test_chance_widens_the_tolerances_of_a_small_log():
    rng = np.random.default_rng(1)
    small = log(["".join("ks"[int(x)] for x in rng.random(15) < 0.4) for _ in range(20)])
    tolerances = _compared(small, small, None, rng).set_index("name")["tolerance"]
    assert tolerances["P(skip | skip)"] > 0.06


def test_plays_of_unknown_outcome_count_neither_as_skips_nor_as_kept():
    rows = [(True, 10.0), (None, 10.0), (True, 10.0), (True, 10.0), (False, 200.0), (True, 10.0)]
    table = pd.DataFrame(rows, columns=["skipped", "listened_s"]).astype({"skipped": "boolean"})
    table = table.assign(session="s", listener="l", position=range(6), track="x", duration_s=200.0)
    real, _ = _real(play_arrays(table, None), np.arange(1), 6)
    found = _statistics(real, None)
    # Of the three pairs of known plays, one follows a kept track.
    assert found["P(skip | skip)"][0] == pytest.approx(1 / 2)
    assert found["P(skip | kept)"][0] == 1
    assert found["skipped within 30 s"][0] == pytest.approx(4 / 5)


def test_who_leaves_early_because_of_skips_does_not_count_as_a_gap():
    log = simulate_log("full", "synthetic:1000", listeners=2000, sessions_each=1, seed=5)
    plays, listener = play_arrays(log.plays, log.setting.catalog), load_preset("full").listener
    # With listeners who stay, whatever they skip, the gap at lag 5 is 0.13.
    own = compare_with_log(plays, listener, log.setting.catalog, length=30).statistics
    assert own["within"].all()
    changed = {**listener, "departure": {**listener["departure"], "b": 0.0}}
    other = compare_with_log(plays, changed, log.setting.catalog, length=30).statistics
    assert not other["within"].all()


def test_the_end_of_a_session_has_the_chance_of_staying_before_and_leaving_there():
    leaving = np.array([[0.5, 0.2, 0.1, 0.4], [0.5, 0.2, 0.1, 0.4], [0.5, 0.2, 0.1, 0.4]])
    # No session of one play is in the log, and none is longer than four.
    found = np.exp(_log_chance_of_end(leaving, np.array([2, 3, 4]), 2, 4))
    assert found == pytest.approx([0.2, 0.8 * 0.1, 0.8 * 0.9])


def test_the_summary_names_statistics_outside_their_tolerances():
    statistics = pd.DataFrame(
        {
            "name": ["P(skip | skip)", "P(skip | kept)"],
            "real": [0.7, 0.3],
            "simulated": [0.6, 0.31],
            "gap": [0.1, 0.01],
            "tolerance": [0.03, 0.03],
            "within": [False, True],
        }
    )
    assert realism_line(statistics) == (
        "Simulated under the logged tracks, 1 of 2 statistics lie within their tolerances; outside are "
        "P(skip | skip)."
    )
    table = realism_table(statistics)
    assert table.head == ("statistic", "real", "simulated", "gap", "tolerance", "within")
    assert table.rows[0] == ("P(skip | skip)", "0.700", "0.600", "0.100", "0.030", "no")
