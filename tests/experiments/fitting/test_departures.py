"""Which ends of sessions a log tells of."""

import numpy as np
import pandas as pd
import pytest

from segue.envs.listener.departure import AbandonHazard
from segue.experiments.fitting.likelihood.departures import (
    cut_off,
    departures_of,
    leaving_logits,
    simple_departure,
)
from segue.experiments.fitting.play_arrays import play_arrays


def log(rows):
    """Sessions given as strings of s(kipped) and k(ept)."""
    table = [
        {"session": str(number), "listener": str(number), "position": k, "track": "x", "skipped": mark == "s"}
        for number, row in enumerate(rows)
        for k, mark in enumerate(row)
    ]
    return play_arrays(pd.DataFrame(table).astype({"skipped": "boolean"}), None)


def test_skips_in_a_row_are_counted_within_sessions():
    found = departures_of(log(["sskss", "ss", "ks"]))
    assert list(found.skips) == [1, 2, 0, 1, 2, 1, 2, 0, 1]
    assert list(np.flatnonzero(found.ends)) == [4, 6, 8]


def test_ends_that_the_log_cannot_show_do_not_count():
    rows = ["k" * 3] * 2 + ["k" * 4] * 2 + ["k" * 5] * 30
    found = departures_of(log(rows))
    assert (found.shortest, found.longest) == (3, 5)
    # Nothing below three plays is in the log, and after five all sessions were cut.
    assert set(found.played[found.at_risk]) == {3, 4}
    assert (found.ends & found.at_risk).sum() == 4


def test_a_falling_tail_is_not_a_cut():
    assert cut_off(np.array([3] * 50 + [4] * 30 + [5] * 12)) is None
    assert cut_off(np.array([3] * 50 + [4] * 5 + [5] * 20)) == 5


def test_the_hazard_of_leaving_is_recovered():
    rng = np.random.default_rng(0)
    truth = AbandonHazard(a=-2.0, b=0.6, c=0.0, shape=0.7)
    count, longest = 2000, 40
    skipped = rng.random((count, longest)) < 0.5
    length, skips = np.full(count, longest), np.zeros(count, np.int64)
    for k in range(longest):
        skips = np.where(skipped[:, k], skips + 1, 0)
        leaves = rng.random(count) < truth.probability(np.full(count, k + 1), skips, np.zeros(count))
        length = np.where(leaves, np.minimum(length, k + 1), length)
    rows = [
        "".join("ks"[mark] for mark in row[:n]) for row, n in zip(skipped.astype(int), length, strict=True)
    ]
    found = departures_of(log(rows))
    fitted = simple_departure(found, AbandonHazard())
    assert fitted["a"] == pytest.approx(-2.0, abs=0.2)
    assert fitted["b"] == pytest.approx(0.6, abs=0.08)
    assert fitted["shape"] == pytest.approx(0.7, abs=0.15)
    # While it is estimated, the effect of skips may have either sign.
    less = leaving_logits(found, AbandonHazard(), -2.0, -0.6, 1.0)
    assert less == pytest.approx(-2.0 - 0.6 * found.skips)
