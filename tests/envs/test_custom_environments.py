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


def test_files_name_others_relative_to_themselves(tmp_path, monkeypatch):
    folder = tmp_path / "listeners"
    folder.mkdir()
    (folder / "calm.yaml").write_text("terms: {taste: {weight: 7.0}}\n")
    (folder / "driver.YAML").write_text("preset: calm.yaml\nbias: 0.5\n")
    path = write(folder, "id: me/Nested-v0\nlistener: {preset: driver.YAML, bias_spread: 0.25}\n")
    # The same names here are other files.
    (tmp_path / "calm.yaml").write_text("terms: {taste: {weight: 9.0}}\n")
    monkeypatch.chdir(tmp_path)
    segue.envs.register_from_yaml(path)
    listener = gym.make(
        "me/Nested-v0", catalog="synthetic:60", pool_size=9
    ).unwrapped.sessions.setting.listener
    assert listener.terms["taste"].weight == 7.0
    assert (listener.bias, listener.bias_spread) == (0.5, 0.25)


def test_files_that_are_not_beside_the_one_that_names_them_are_sought_in_the_working_folder(
    tmp_path, monkeypatch
):
    folder = tmp_path / "listeners"
    folder.mkdir()
    (folder / "driver.yaml").write_text("preset: calm.yaml\n")
    (tmp_path / "calm.yaml").write_text("terms: {taste: {weight: 9.0}}\n")
    monkeypatch.chdir(tmp_path)
    preset = segue.envs.load_preset("listeners/driver.yaml")
    assert preset.listener == {"terms": {"taste": {"weight": 9.0}}}


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
