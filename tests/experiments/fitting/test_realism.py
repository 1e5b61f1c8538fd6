"""The numbers by which a simulated listener is compared with a log."""

import numpy as np
import pytest

from segue.experiments.fitting.goodness.realism import Log, _gates, _numbers


def log(rows, width=20):
    """Sessions given as strings of s(kipped after 10 s) and k(ept)."""
    skipped, known = np.zeros((len(rows), width), bool), np.zeros((len(rows), width), bool)
    for at, row in enumerate(rows):
        skipped[at, : len(row)] = [mark == "s" for mark in row]
        known[at, : len(row)] = True
    return Log(skipped, known, np.where(skipped, 10.0, 200.0), np.array([len(row) for row in rows]))


def test_numbers_equal_hand_computed_ones():
    found = _numbers(log(["s" * 12, "k" * 20, "sk" * 6]), (12, 20))
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
    assert _gates(one, one, None, rng)["passed"].all()
    assert _gates(one, same, None, rng)["passed"].mean() > 0.8
    failed = _gates(one, other, None, rng).set_index("name")["passed"]
    assert not failed["P(skip | skip)"]
    assert not failed["skip rate by position (RMSE)"]


def test_chance_widens_the_gates_of_a_small_log():
    rng = np.random.default_rng(1)
    small = log(["".join("ks"[int(x)] for x in rng.random(15) < 0.4) for _ in range(20)])
    gates = _gates(small, small, None, rng).set_index("name")["gate"]
    assert gates["P(skip | skip)"] > 0.06
