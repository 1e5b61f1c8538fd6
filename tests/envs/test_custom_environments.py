"""Custom environments from YAML alone; with code: tests/examples/test_commute_package.py."""

import gymnasium as gym
import pytest

import segue.envs
from segue.features import Catalog
from segue.features.errors import UserError


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
        ("id: [", "line 1: this is not YAML"),
        ("id: Short-v0", "not of the form 'namespace/Name-v0'"),
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
