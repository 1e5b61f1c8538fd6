"""Custom environments: from a package with an envs/ folder, and from YAML alone."""

import os
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import segue.envs
from segue.features import Catalog
from segue.features.errors import UserError

PACKAGE = Path(__file__).parent / "commute_package"


def test_a_package_with_an_envs_folder_trains_through_every_gymnasium_entry_point():
    result = subprocess.run(
        [sys.executable, "-W", "error", "train.py"],
        cwd=PACKAGE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "gym.make: 16",
        "make_vec_env: 16",
        "SubprocVecEnv: 16",
        "async: True",
        "vector_entry_point: True",
        "subprocesses agree: True",
    ]


@pytest.fixture
def road_noise(monkeypatch):
    """Sessions of the commuting listener, with the package importable."""
    monkeypatch.syspath_prepend(str(PACKAGE))
    vector = gym.make_vec("commute:me/Commute-v0", num_envs=50, catalog="synthetic:400", pool_size=10)
    vector.reset(seed=0)
    yield vector.unwrapped.sessions
    gym.registry.pop("me/Commute-v0", None)
    for name in ("commute", "envs", "envs.road_noise"):
        sys.modules.pop(name, None)


def test_the_custom_term_penalises_soft_tracks_and_follows_the_traffic(road_noise):
    cost = road_noise.utilities()["road_noise"]
    loudness = road_noise.state.features[:, :, road_noise.catalog.feature_names.index("loudness")]
    cabin_noise = road_noise.hidden_of("road_noise") * 0.5
    assert np.allclose(cost, -2.0 * np.maximum(cabin_noise - loudness, 0.0))
    road_noise.step(np.zeros(50, int))
    traffic = road_noise.state_of("road_noise")[:, 0]
    assert np.abs(traffic - 0.5).max() <= 0.2
    assert traffic.std() > 0.05


def write(folder, text):
    path = folder / "commute.yaml"
    path.write_text(text)
    return path


def test_yaml_alone_defines_an_environment(tmp_path):
    Catalog.synthetic(60, 1).save(tmp_path / "music.parquet")
    (tmp_path / "driver.yaml").write_text("terms: {taste: {weight: 2.0}}\ndeparture: {never: true}\n")
    text = """
        id: me/FromFile-v0
        description: All from files.
        catalog: music.parquet
        listener: driver.yaml
        pool: {kind: neighbours, reach: 2}
        pool_size: 9
        length: 5
    """
    info = segue.envs.register_from_yaml(write(tmp_path, text))
    assert info.description == "All from files."
    assert segue.envs.environment("me/FromFile-v0") == info
    env = gym.make("me/FromFile-v0").unwrapped
    env.reset(seed=0)
    assert len(env.sessions.catalog) == 60
    assert list(env.sessions.utilities()) == ["bias", "taste"]
    assert [env.step(slot)[2] for slot in range(5)] == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("listener: full", "needs an id of the form"),
        ("id: me/Short-v0\nlenght: 5", "did you mean 'length'"),
        ("id: Mine v0", "not of the form 'namespace/Name-v0'"),
        ("- id", "must be a mapping"),
        ("id: [", "not valid YAML"),
    ],
)
def test_an_invalid_file_is_reported_with_a_fix(tmp_path, text, message):
    with pytest.raises(UserError) as caught:
        segue.envs.register_from_yaml(write(tmp_path, text))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_reported(tmp_path):
    with pytest.raises(UserError, match=r"nowhere\.yaml: no such file"):
        segue.envs.register_from_yaml(tmp_path / "nowhere.yaml")
