"""Our statistics against those of rliable, if it is installed elsewhere.

rliable does not import with pandas 3, so it needs a separate environment:

    python -m venv elsewhere && elsewhere/bin/pip install rliable "pandas<3"
    RLIABLE_PYTHON=elsewhere/bin/python pytest tests/experiments/analysis/test_rliable.py
"""

import json
import os
import subprocess

import numpy as np
import pytest

from segue.experiments.analysis.bootstrap import improvement_interval, profile_band, score_interval
from segue.experiments.analysis.scores import interquartile_mean, probability_of_improvement

PYTHON = os.environ.get("RLIABLE_PYTHON")
pytestmark = pytest.mark.skipif(
    PYTHON is None, reason="needs RLIABLE_PYTHON, an interpreter with rliable; see the top of this file"
)

THEIRS = """\
import json, sys
import numpy as np
from rliable import library, metrics
given = json.load(sys.stdin)
first, second = (np.array(given[name]) for name in ("first", "second"))  # (runs, tasks)
thresholds = np.array(given["thresholds"])
iqm = lambda scores: np.array([metrics.aggregate_iqm(scores)])
improvement = lambda x, y: np.array([metrics.probability_of_improvement(x, y)])
scores, ends = library.get_interval_estimates({"first": first}, iqm, reps=4000)
pairs, pair_ends = library.get_interval_estimates({"a,b": (first, second)}, improvement, reps=4000)
profile, _ = library.create_performance_profile({"first": first}, thresholds, reps=100)
json.dump({
    "iqm": scores["first"][0], "iqm_ends": ends["first"].ravel().tolist(),
    "improvement": pairs["a,b"][0], "improvement_ends": pair_ends["a,b"].ravel().tolist(),
    "profile": profile["first"].tolist(),
}, sys.stdout)
"""


@pytest.fixture(scope="module")
def runs():
    """Scores of two agents, (runs, tasks)."""
    rng = np.random.default_rng(3)
    return rng.normal(0.6, 0.3, (12, 4)), rng.normal(0.5, 0.3, (9, 4))


THRESHOLDS = np.linspace(0, 1, 11)


@pytest.fixture(scope="module")
def theirs(runs):
    given = {"first": runs[0].tolist(), "second": runs[1].tolist(), "thresholds": THRESHOLDS.tolist()}
    done = subprocess.run(
        [str(PYTHON), "-W", "ignore", "-c", THEIRS],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_point_estimates_are_the_same(runs, theirs):
    first, second = runs
    assert interquartile_mean(first.ravel()) == pytest.approx(theirs["iqm"])
    by_task = [probability_of_improvement(first[:, t], second[:, t]) for t in range(first.shape[1])]
    assert np.mean(by_task) == pytest.approx(theirs["improvement"])
    # One session per run, and anchors at 0 and 1, so that a return is a score.
    anchors = np.zeros((1, 1)), np.ones((1, 1))
    strata = [(scores[:, None], *anchors) for scores in first.T]
    shares = profile_band(strata, THRESHOLDS, resamples=100)[0]
    np.testing.assert_allclose(shares, theirs["profile"])


def test_intervals_are_the_same_but_for_chance(runs, theirs):
    first, second = runs
    # One session per run, and anchors at 0 and 1: only runs are resampled, as in rliable.
    anchors = np.zeros((1, 1)), np.ones((1, 1))
    ours = score_interval([(scores[:, None], *anchors) for scores in first.T], resamples=4000)
    assert ours == pytest.approx((theirs["iqm"], *theirs["iqm_ends"]), abs=0.015)
    pairs = [(a[:, None], b[:, None]) for a, b in zip(first.T, second.T, strict=True)]
    ours = improvement_interval(pairs, resamples=4000)
    assert ours == pytest.approx((theirs["improvement"], *theirs["improvement_ends"]), abs=0.02)
