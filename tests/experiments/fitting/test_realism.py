"""The statistics by which a simulated listener is compared with a log."""

import numpy as np
import pandas as pd
import pytest

from segue.experiments.fitting.goodness.realism import Log, _compared, _real, _statistics
from segue.experiments.fitting.goodness.summary import realism_line, realism_table
from segue.experiments.fitting.play_arrays import play_arrays


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
