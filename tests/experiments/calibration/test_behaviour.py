"""The committed preset of `segue/Session-v0` behaves like the real logs."""

import dataclasses
from importlib import resources

import numpy as np
import pytest
import yaml

from segue.experiments.calibration.behaviour import (
    SessionLog,
    aggregates,
    compare_with_logs,
    load_targets,
    simulate,
)
from segue.experiments.calibration.calibrate_session import (
    CATALOG,
    CHECKED,
    PARAMETERS,
    calibrate,
    preset_text,
)


@pytest.fixture(scope="module")
def table():
    return compare_with_logs(simulate("session", CATALOG, CHECKED, seed=101)).set_index("name")


def test_every_target_is_met_within_its_tolerance(table):
    missed = table[~table["passed"]]
    assert missed.empty, missed.to_string()
    assert len(table) == 15


def log_of(rows):
    """Sessions given as strings of s(kipped) and k(ept)."""
    skipped, length = np.zeros((len(rows), 20), bool), np.array([len(row) for row in rows])
    for at, row in enumerate(rows):
        skipped[at, : len(row)] = [mark == "s" for mark in row]
    return SessionLog(skipped, np.where(skipped, 10.0, 200.0), length)


def test_short_sessions_are_censored():
    log = log_of(["k" * 9, "s" * 10, "k" * 20]).censored()
    assert list(log.length) == [10, 20]


def test_aggregates_equal_hand_computed_ones():
    log = log_of(["s" * 10, "k" * 20, "sk" * 6])
    found = aggregates(log, [1], [5, 30])
    assert found["by_position"][[0, 1, 10, 12]] == pytest.approx([2 / 3, 1 / 3, 1 / 2, 0])
    assert found["length"][[0, 2, 10]] == pytest.approx([1 / 3] * 3)
    # After a skip: 9 skips in the first session, 6 keeps in the third.
    assert found["skip_after_skip"][0] == pytest.approx(9 / 15)
    assert found["skip_after_keep"][0] == pytest.approx(5 / 24)
    assert found["skipped_within"] == pytest.approx([0, 16 / 42])
    # Concatenated: s x 10, k x 20, then twelve runs of length one.
    assert found["long_skip_runs"][0] == pytest.approx(1 / 7)
    assert found["long_keep_runs"][0] == pytest.approx(1 / 7)
    assert found["window_spread"][0] == pytest.approx(np.std([1, 0, 0, 0.5]))


def test_a_first_order_markov_listener_fails_on_long_runs():
    rng, targets = np.random.default_rng(0), load_targets()
    skipped = np.zeros((20_000, 20), bool)
    skipped[:, 0] = rng.random(20_000) < 0.374
    for k in range(1, 20):
        chance = np.where(skipped[:, k - 1], targets["skip_after_skip"]["target"], 0.282)
        skipped[:, k] = rng.random(20_000) < chance
    log = SessionLog(skipped, np.where(skipped, 10.0, 200.0), np.full(20_000, 20))
    table = compare_with_logs(log).set_index("name")
    assert table.loc["skip_after_skip", "passed"]
    assert not table.loc["autocorrelation 10", "passed"]
    assert not table.loc["long_keep_runs", "passed"]


def test_equal_seeds_give_equal_logs():
    first, second = (simulate("session", "synthetic:400", 200, seed=3) for _ in range(2))
    for field in dataclasses.fields(SessionLog):
        assert np.array_equal(getattr(first, field.name), getattr(second, field.name))


def test_the_committed_preset_is_what_the_script_writes():
    text = (resources.files("segue.envs.listener.presets") / "session.yaml").read_text("utf-8")
    committed = yaml.safe_load(text)
    numbers = committed["terms"]["engagement"] | committed["response"] | committed["departure"] | committed
    assert text == preset_text(np.array([numbers[name] for name in PARAMETERS]), 3)


def test_the_fit_writes_the_preset_that_it_reports_into_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "session.yaml"
    table = calibrate(sessions=300, evaluations=1)
    start = np.array([first for first, *_ in PARAMETERS.values()])
    assert out.read_text() == preset_text(start, 3)
    assert list(table.columns) == ["name", "target", "simulated", "gap", "gate", "passed"]
