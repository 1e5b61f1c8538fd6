"""Invalid settings raise a UserError of one sentence that says what is wrong and how to fix it."""

import gymnasium as gym
import pytest

import segue.envs
from segue.features.errors import UserError

INVALID = [
    ({"listener": "fulll"}, "did you mean 'full'"),
    ({"listener": "nowhere.yaml"}, "no such file"),
    ({"listener": {"terms": {"tast": {}}}}, "did you mean 'taste'"),
    ({"listener": {"terms": {"taste": {"wieght": 1}}}}, "did you mean 'weight'"),
    ({"listener": {"term": {}}}, "did you mean 'terms'"),
    ({"listener": {"terms": {"custom": {"term": "no_such_module:Term"}}}}, "no_such_module"),
    ({"listener": {"terms": {"custom": {"term": "json:dumps"}}}}, "not a subclass"),
    ({"listener": {"terms": {"energy_arc": {"curve": "peek"}}}}, "did you mean 'peak'"),
    ({"listener": {"response": {"beta": -1}}}, "beta must be above 0"),
    ({"reward": "complete"}, "did you mean 'complet"),
    ({"catalog": "dmeo"}, "dmeo"),
    ({"pool_size": 5000}, "only"),
    ({"pool_size": 0}, "pool_size must be 1"),
    ({"length": 0}, "length must be 1"),
    ({"split": "valid"}, "split must be"),
    ({"split": "test", "split_seed": -1}, "split_seed must be a whole number from 0"),
    ({"split_seed": 0.5}, "split_seed must be a whole number from 0"),
    ({"split": "train", "split_seed": "1"}, "split_seed must be a whole number from 0"),
    ({"split": "test", "catalog": "synthetic:30"}, "are available; set pool_size="),
    ({"pool_sise": 10}, "did you mean 'pool_size'"),
    ({"action": "discreet"}, "'discrete'"),
]


@pytest.mark.parametrize(("settings", "message"), INVALID, ids=lambda value: str(value)[:40])
def test_an_invalid_setting_is_reported_with_a_fix(settings, message):
    with pytest.raises(UserError) as caught:
        gym.make("segue/Playlist-v0", **{"catalog": "synthetic:400", "pool_size": 12, **settings})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_environment_is_reported_with_a_suggestion():
    with pytest.raises(UserError, match="did you mean 'segue/Playlist-v0'"):
        segue.envs.environment("segue/Playlists-v0")


def test_settings_must_be_json():
    with pytest.raises(UserError, match="must be JSON"):
        segue.envs.register_playlist_env("tests/Object-v0", catalog=object())


def test_an_action_outside_the_pool_is_rejected(small):
    env = small().unwrapped
    env.reset(seed=0)
    with pytest.raises(UserError, match="outside the pool of 12"):
        env.step(12)
