"""The benchmark measures every environment, batch, pool and catalogue that it is asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from segue.envs import environments
from segue.experiments.benchmarks.envs import Effort, compare, seconds_per_step

SCRIPT = Path(__file__).parents[2] / "experiments" / "benchmarks" / "envs.py"


def work(amount):
    """A stepper whose step costs about `amount` units of CPU time."""

    def step():
        sum(range(20_000 * amount))
        return 1

    return step


def test_a_ratio_says_how_much_dearer_the_other_is():
    rate, ratio = compare(work(1), work(10), Effort(seconds=0.02, rounds=5))
    assert rate > 0
    assert 5 < ratio < 20


def test_a_step_counts_for_all_sessions_of_a_batch():
    def of_a_batch():
        sum(range(20_000))
        return 100

    assert seconds_per_step(of_a_batch, 0.02) < seconds_per_step(work(1), 0.02) / 20


@pytest.fixture(scope="module")
def printed():
    small = ["--seconds", "0.001", "--rounds", "1", "--batch", "4"]
    sizes = ["--batches", "1", "8", "--pools", "20", "--catalogues", "400"]
    done = subprocess.run(
        [sys.executable, "-W", "error", SCRIPT, *small, *sizes],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("row", ["scalar", "vector, 8 sessions", "pool of 20", "400 tracks", *environments()])
def test_the_script_prints_a_row_for(printed, row):
    assert row in printed


def test_the_script_prints_memory_and_the_cost_of_copying(printed):
    assert "MB at most" in printed
    assert "× copying its observations" in printed
