"""The benchmark of the environments."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from segue.envs import environments
from segue.experiments.benchmarks.envs import BenchmarkSize, compare, seconds_per_step

SCRIPT = Path(__file__).parents[3] / "experiments" / "benchmarks" / "envs.py"


def work(amount):
    """A stepper whose step takes about `amount` units of CPU time."""

    def step():
        sum(range(20_000 * amount))
        return 1

    return step


def test_the_ratio_is_the_speed_relative_to_the_other_stepper():
    rate, ratio = compare(work(1), work(10), BenchmarkSize(seconds=0.02, rounds=5))
    assert rate > 0
    assert 5 < ratio < 20


def test_a_step_of_a_batch_counts_once_per_session():
    def batch():
        sum(range(20_000))
        return 100

    assert seconds_per_step(batch, 0.02) < seconds_per_step(work(1), 0.02) / 20


@pytest.fixture(scope="module")
def printed():
    small = ["--seconds", "0.001", "--rounds", "1", "--batch", "4"]
    sizes = ["--batches", "1", "8", "--shared", "8", "--pools", "20", "--catalogues", "400"]
    done = subprocess.run(
        [sys.executable, "-W", "error", SCRIPT, *small, *sizes],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "row",
    [
        "scalar",
        "vector, 8 sessions",
        "copy=False",
        "2 threads",
        "bytes of state",
        "pool of 20",
        "400 tracks",
        *environments(),
    ],
)
def test_the_script_prints_a_row_for(printed, row):
    assert row in printed


def test_the_script_prints_memory_and_the_cost_of_copying_observations(printed):
    assert "MB peak memory" in printed
    assert "× copying its observations" in printed
