"""The onset of an effect: by hand, and its interval against a planted one."""

import numpy as np
import pytest

from segue.experiments.analysis.statistics.interval import Interval
from segue.experiments.analysis.statistics.intervals import mean_over_runs
from segue.experiments.analysis.statistics.onset import onset
from segue.experiments.analysis.statistics.runs import Runs
from segue.experiments.analysis.statistics.simultaneous import joint_confidence

VALUES = (0.0, 0.5, 1.0, 2.0)


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        ([(-2, -3, -1), (0.5, -1, 2), (2, 1, 3), (3, 2, 4)], (0.5, 0.5, 1.0)),
        ([(1, 0.5, 2), (1, 0.5, 2), (1, 0.5, 2), (1, 0.5, 2)], (0.0, 0.0, 0.0)),
        ([(-1, -2, -0.5)] * 4, (np.inf, np.inf, np.inf)),
        ([(1, 0.5, 2), (1, 0.5, 2), (-1, -2, 1), (1, -1, 2)], (2.0, 0.0, np.inf)),
        ([(1, 0.5, 2), (-1, -2, -0.5), (1, 0.5, 2), (1, 0.5, 2)], (1.0, 1.0, 1.0)),
    ],
    ids=["rises", "always", "never", "undecided", "gap"],
)
def test_it_is_where_the_effect_stays_above_0(effects, expected):
    assert tuple(onset(VALUES, [Interval(*effect) for effect in effects])) == expected


def test_a_single_run_has_no_interval():
    found = onset(VALUES, [Interval(effect, np.nan, np.nan) for effect in (-1, 1, 1, 1)])
    assert found.estimate == 0.5
    assert np.isnan(found.low)


def test_its_interval_holds_a_planted_onset():
    rng = np.random.default_rng(0)
    truth = np.array([-0.2, 0.0, 0.4, 1.0])  # above 0 from 1 on
    held = 0
    for _ in range(200):
        shared = rng.normal(size=(5, 1))
        values = truth + 0.3 * shared + 0.3 * rng.normal(size=(5, 4))
        parts = [Runs(np.arange(5), values[:, [k]]) for k in range(4)]
        confidence = joint_confidence(parts, draws=500)
        found = onset(VALUES, [mean_over_runs([part], confidence) for part in parts])
        held += found.low <= 1.0 <= found.high
    assert held / 200 >= 0.95
