"""The package of environments: it trains through every usual interface, and its term does what it says."""

import os
import sys
from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest

from segue.envs import TermContext


def test_it_trains_through_every_usual_interface(run_example, tmp_path):
    # Many users have an `envs` package of their own; segue must not pick it up.
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs" / "__init__.py").write_text("raise ImportError('this is not segue.envs')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    done = run_example("commute_package/train.py", warnings="error", PYTHONPATH=path)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "gym.make: 16",
        "make_vec_env: 16",
        "SubprocVecEnv: 16",
        "async: True",
        "vector_entry_point: True",
        "subprocesses agree: True",
    ]


@pytest.fixture
def commuters(monkeypatch, examples):
    """Sessions of 50 commuting listeners."""
    monkeypatch.syspath_prepend(str(examples / "commute_package"))
    vector = gym.make_vec("commute:me/Commute-v0", num_envs=50, catalog="synthetic:400", pool_size=10)
    vector.reset(seed=0)
    yield vector.unwrapped.sessions
    gym.registry.pop("me/Commute-v0", None)
    for name in ("commute", "commute.road_noise"):
        sys.modules.pop(name, None)


def test_the_term_charges_what_the_noise_drowns_out(commuters):
    from commute.road_noise import RoadNoise

    term = RoadNoise()
    term.bind(TermContext(commuters.catalog, length=12, pool_size=3))
    features = np.ones((2, 3, len(commuters.catalog.feature_names)))
    features[:, :, commuters.catalog.feature_names.index("loudness")] = [[0.1, 0.3, 0.9], [0.1, 0.3, 0.9]]
    sessions = SimpleNamespace(features=lambda slots: features)
    # Noise 0.8, of which half gets into the first car and all into the second.
    cost = term.utility(sessions, np.zeros((2, 3), int), np.array([[0.5], [1.0]]), np.array([[0.8], [0.8]]))
    assert np.allclose(cost, [[-0.3, -0.1, 0.0], [-0.7, -0.5, 0.0]])


def test_cars_differ_and_the_noise_follows_the_traffic(commuters):
    cost = commuters.utilities()["road_noise"]
    loudness = commuters.state.features[:, :, commuters.catalog.feature_names.index("loudness")]
    # Every drive starts with noise 0.5 and half to all of it gets in; the weight is 2.
    assert np.all(cost[loudness > 0.5] == 0.0)
    assert np.all(cost >= -2.0 * np.maximum(0.5 - loudness, 0.0) - 1e-9)
    assert np.all(cost <= -2.0 * np.maximum(0.25 - loudness, 0.0) + 1e-9)
    assert np.ptp(commuters.hidden_of("road_noise")) > 0.4
    commuters.step(np.zeros(50, int))
    traffic = commuters.state_of("road_noise")[:, 0]
    assert np.abs(traffic - 0.5).max() <= 0.2
    assert traffic.std() > 0.05
