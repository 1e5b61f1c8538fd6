"""The benchmark of logs measures commands and continues its table."""

import pytest

from segue.experiments.benchmarks.logs import measure


def test_a_conversion_is_measured_once(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    out = tmp_path / "logs.csv"
    (row,) = measure((), (), (3_000,), out).to_dict("records")
    assert row["command"] == "segue logs convert"
    assert row["plays"] == 3_000
    assert 0.05 < row["gigabytes"] < 4
    assert row["cpu_seconds"] > 0
    (again,) = measure((), (), (3_000,), out).to_dict("records")
    assert again["seconds"] == pytest.approx(row["seconds"], rel=0.01)
