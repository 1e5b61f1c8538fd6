"""The benchmark of training."""

import pytest

from segue.experiments.benchmarks.training import CARTPOLE, ENVIRONMENT, time_cartpole, time_segue


@pytest.mark.parametrize(
    ("measure", "environment"),
    [(time_segue, ENVIRONMENT), (time_cartpole, CARTPOLE)],
    ids=["segue", "cartpole"],
)
def test_the_parts_of_a_training_sum_to_its_total(measure, environment):
    timing = measure("ppo", 256, sessions=8)
    assert timing.environment == environment
    assert timing.steps == 256
    parts = timing.parts
    assert 0 < parts["environment"] <= parts["adapter"]
    assert parts["choosing"] > 0
    assert parts["learning"] > 0
    assert parts["adapter"] + parts["choosing"] + parts["learning"] <= timing.total
    shares = [float(cell.split()[0]) for cell in timing.row()[4:]]
    assert sum(shares) == pytest.approx(100, abs=3)  # each is rounded
