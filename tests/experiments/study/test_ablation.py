"""The listeners of the ablation study are the same whichever term is switched off."""

from pathlib import Path

import numpy as np
import pytest

from segue.experiments.runs.batches import make_batch
from segue.experiments.study.loader import load_study

CONFIG = Path(__file__).parents[3] / "experiments" / "configs" / "ablation.yaml"
ENVIRONMENTS = load_study(CONFIG).config.environments


def beginnings(environment):
    env = make_batch(environment.id, {**environment.settings, "split": "test"}, 8)
    try:
        env.reset(seed=list(range(8)))
        sessions = env.unwrapped.sessions
        states = {name: np.array(sessions.state_of(name)) for name in sessions.setting.listener.terms}
        return {"pool": sessions.pool.copy(), "start": sessions.current.copy(), **states}
    finally:
        env.close()


@pytest.mark.parametrize("environment", ENVIRONMENTS[1:], ids=lambda environment: environment.label)
def test_switching_a_term_off_leaves_pools_starts_and_the_other_states_as_they_are(environment):
    full, without = beginnings(ENVIRONMENTS[0]), beginnings(environment)
    assert set(full) > set(without) >= {"pool", "start"}
    assert np.ptp(full["taste"], axis=0).min() > 0  # listeners differ from each other
    for name, begun in without.items():
        np.testing.assert_array_equal(begun, full[name])
