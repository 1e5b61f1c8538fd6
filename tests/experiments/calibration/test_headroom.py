"""The headroom that the presets leave for planning."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segue.experiments.calibration.headroom import HeadroomConfig, headroom, measure

SCRIPT = Path(__file__).parents[3] / "experiments" / "calibration" / "headroom.py"
SMALL = HeadroomConfig(listeners=16, draws=16)


def test_headroom_is_measured_from_random():
    frame = pd.DataFrame({"random": [1.0, 3.0], "greedy": [5.0, 7.0], "planned": [6.0, 7.0]})
    estimate, low, high = headroom(frame)
    assert estimate == pytest.approx(100 * (4.5 / 4.0 - 1))
    assert (low, high) == pytest.approx((0.0, 25.0))


@pytest.mark.parametrize("env_id", ["segue/Playlist-v0", "segue/Rebound-v0", "segue/DJSet-v0"])
def test_planning_pays_where_order_matters(env_id):
    frame = measure(env_id, SMALL)
    assert (frame["tracks planned"] <= 30).all()
    assert frame["tracks planned"].mean() > 20
    assert headroom(frame).estimate > 10
    assert frame["planned"].mean() > frame["shuffled"].mean() + 1
    assert frame["planned"].mean() > frame["smoothest"].mean()


MECHANISMS = {
    "segue/Playlist-v0": ("energy_arc", "transition", "satiation", "boredom", "exposure", "engagement"),
    "segue/Rebound-v0": ("satiation", "boredom"),
    "segue/DJSet-v0": ("energy_arc", "transition"),
}


@pytest.mark.parametrize("env_id", MECHANISMS)
def test_the_gain_of_planning_comes_from_the_cited_mechanisms(env_id):
    frame = measure(env_id, dataclasses.replace(SMALL, without=MECHANISMS[env_id]))
    assert headroom(frame).estimate < 3


def test_order_hardly_matters_in_the_calibrated_sessions():
    frame = measure("segue/Session-v0", SMALL)
    assert headroom(frame).estimate < 10
    assert 0 < (frame["planned"] - frame["shuffled"]).mean() < 1.5


def test_the_same_seeds_give_the_same_table():
    config = HeadroomConfig(listeners=3, draws=2, catalog="synthetic:400")
    first, second = (measure("segue/DJSet-v0", config) for _ in range(2))
    assert np.array_equal(first.to_numpy(), second.to_numpy())


def test_the_script_prints_every_reference_policy():
    small = ["--listeners", "3", "--draws", "2", "--catalog", "synthetic:400", "--small", "5"]
    done = subprocess.run(
        [sys.executable, "-W", "error", SCRIPT, "segue/Rebound-v0", *small],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for word in (
        "segue/Rebound-v0",
        "random",
        "smoothest",
        "greedy",
        "planned",
        "order regret",
        "dynamic programming",
    ):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["segue/Rebounds-v0"], "did you mean 'segue/Rebound-v0'"),
        (["segue/Rebound-v0", "--without", "satiaton"], "did you mean 'satiation'"),
    ],
)
def test_a_wrong_name_ends_with_one_sentence(arguments, sentence):
    done = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
