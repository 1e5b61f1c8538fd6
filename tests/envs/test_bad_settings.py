"""What a user can get wrong ends in a sentence that names it."""

import gymnasium as gym
import pytest

import segue.envs
from segue.features.errors import UserError

WRONG = [
    ({"listener": "fulll"}, "did you mean 'full'"),
    ({"listener": "nowhere.yaml"}, "no such file"),
    ({"listener": {"terms": {"tast": {}}}}, "did you mean 'taste'"),
    ({"listener": {"terms": {"taste": {"wieght": 1}}}}, "did you mean 'weight'"),
    ({"listener": {"term": {}}}, "did you mean 'terms'"),
    ({"listener": {"terms": {"mine": {"term": "no_such_module:Term"}}}}, "no_such_module"),
    ({"listener": {"terms": {"mine": {"term": "json:dumps"}}}}, "not a subclass"),
    ({"listener": {"terms": {"energy_arc": {"curve": "peek"}}}}, "did you mean 'peak'"),
    ({"listener": {"response": {"beta": -1}}}, "beta must be above 0"),
    ({"reward": "complete"}, "did you mean 'complet"),
    ({"catalog": "dmeo"}, "dmeo"),
    ({"pool_size": 5000}, "only"),
    ({"pool_size": 0}, "pool_size must be 1"),
    ({"length": 0}, "length must be 1"),
    ({"split": "valid"}, "split must be"),
    ({"pool_sise": 10}, "did you mean 'pool_size'"),
    ({"action": "discreet"}, "'discrete'"),
]


@pytest.mark.parametrize(("settings", "sentence"), WRONG, ids=lambda value: str(value)[:40])
def test_a_wrong_setting_is_named_with_what_would_be_right(settings, sentence):
    with pytest.raises(UserError) as caught:
        gym.make("segue/Playlist-v0", **{"catalog": "synthetic:400", "pool_size": 12, **settings})
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_environment_is_named():
    with pytest.raises(UserError, match="did you mean 'segue/Playlist-v0'"):
        segue.envs.environment("segue/Playlists-v0")


def test_settings_must_be_json():
    with pytest.raises(UserError, match="must be JSON"):
        segue.envs.register_playlist_env("tests/Object-v0", catalog=object())


def test_an_action_outside_the_pool_is_refused(small):
    env = small().unwrapped
    env.reset(seed=0)
    with pytest.raises(UserError, match="outside the pool of 12"):
        env.step(12)
