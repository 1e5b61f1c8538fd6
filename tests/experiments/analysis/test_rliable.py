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

from segue.experiments.analysis.statistics.intervals import iqm_interval
from segue.experiments.analysis.statistics.runs import Runs

PYTHON = os.environ.get("RLIABLE_PYTHON")
pytestmark = pytest.mark.skipif(
    PYTHON is None, reason="needs RLIABLE_PYTHON, an interpreter with rliable; see the top of this file"
)

THEIRS = """\
import json, sys
import numpy as np
from rliable import metrics
given = json.load(sys.stdin)
first = np.array(given["first"])  # (runs, tasks)
print(json.dumps({"iqm": [metrics.aggregate_iqm(first[:, [t]]) for t in range(first.shape[1])]}))
"""


@pytest.fixture(scope="module")
def runs():
    """Scores of two agents, (runs, tasks)."""
    rng = np.random.default_rng(3)
    return rng.normal(0.6, 0.3, (12, 4)), rng.normal(0.5, 0.3, (9, 4))


@pytest.fixture(scope="module")
def theirs(runs):
    given = {"first": runs[0].tolist()}
    done = subprocess.run(
        [str(PYTHON), "-W", "ignore", "-c", THEIRS],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_point_estimates_are_the_same(runs, theirs):
    first, _ = runs
    # One environment after the other: rliable cuts a quarter of all values, segue of each environment's.
    ours = [
        iqm_interval([Runs(np.arange(len(first)), first[:, [t]])]).estimate for t in range(first.shape[1])
    ]
    assert ours == pytest.approx(theirs["iqm"])
