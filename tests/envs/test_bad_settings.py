"""Invalid settings raise a UserError of one sentence that says what is wrong and how to fix it."""

import gymnasium as gym
import numpy as np
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
    ({"pool_sise": 10}, "unexpected keyword argument 'pool_sise'"),
    ({"pool_size": True}, "pool_size must be a whole number"),
    ({"pool_size": "12"}, "pool_size must be a whole number"),
    ({"length": 7.5}, "length must be a whole number"),
    ({"listener": {"terms": {"satiation": {"retention": 0.9}}}}, "retention must be a list"),
    ({"listener": {"terms": {"satiation": {"retention": [0.9]}}}}, "retention must have 2 numbers"),
    ({"listener": {"terms": {"satiation": {"strength": [-1, 1]}}}}, "strength must be 0 or more"),
    ({"listener": {"terms": {"satiation": {"noise": -0.1}}}}, "noise must be 0 or more"),
    ({"listener": {"terms": {"satiation": {"by": "album"}}}}, "must be 'cluster' or 'artist'"),
    ({"listener": {"terms": {"transition": {"memory": "3"}}}}, "memory must be a whole number"),
    ({"listener": {"terms": {"transition": {"memory": float("nan")}}}}, "memory must be a whole number"),
    ({"listener": {"terms": {"taste": 5}}}, "Term taste must be a mapping"),
    ({"listener": {"terms": ["taste"]}}, "terms must be a mapping"),
    ({"listener": {"terms": {"taste": {"weight": "1"}}}}, "weight must be a finite number"),
    ({"listener": {"terms": {"taste": {"weight": float("inf")}}}}, "weight must be a finite number"),
    ({"listener": {"departure": {"a": None}}}, "a must be a finite number"),
    ({"listener": {"departure": {"never": "yes"}}}, "never must be true or false"),
    ({"listener": {"response": [1]}}, "Response must be a mapping"),
    ({"listener": {"bias": "0"}}, "bias must be a finite number"),
    ({"listener": {"bias_spread": -1}}, "bias_spread must be 0 or more"),
    ({"listener": {"terms": {"engagement": {"level_spread": -1}}}}, "must be 0 or more"),
    ({"listener": {"terms": {"energy_arc": {"curve": [0.5, "high"]}}}}, "curve"),
    (
        {"listener": {"terms": {"boredom": {"clusters": 900}}}},
        "Term boredom needs 900 clusters, but catalogue 'synthetic-400-0' has 400 tracks",
    ),
    ({"action": "discreet"}, "'discrete'"),
    ({"reward": 5}, "reward must be the name of a reward or 'module:function', but is 5"),
    ({"reward": ["completion"]}, "reward must be the name of a reward"),
    ({"reward": ""}, "Unknown reward ''"),
    ({"reward": "math:pi"}, "Reward 'math:pi' must be a function of the sessions and the step"),
    ({"reward": "math:sin"}, "Reward 'math:sin' must be a function"),
    ({"listener": {"sources": 5}}, "Listener: sources must be a list such as ['one', 'two'], but is 5"),
    ({"listener": {"sources": "a book"}}, "Listener: sources must be a list"),
    ({"listener": {"reward": 5}}, "Listener: reward must be text, but is 5"),
    ({"listener": {"description": ["x"]}}, "Listener: description must be text"),
    ({"listener": {1: 2}}, "must be a mapping of settings such as {bias: 1}, but is {1: 2}"),
    ({"listener": 5}, "A listener is the name of a preset, a YAML file or a mapping"),
    ({"listener": {"bias": 10**400}}, "bias must be a finite number"),
    ({"pool_size": np.zeros((3, 3))}, "pool_size must be a whole number, but is an array of float64"),
    # Names that users give keep their capitals.
    ({"listener": {"terms": {"MyTerm": {"term": "no_such_module:X"}}}}, "Term MyTerm: no module named"),
    ({"listener": {"terms": {"MyTerm": {"term": "math:Tau"}}}}, "Term MyTerm: module 'math' has no"),
    ({"listener": {"terms": {"MyTerm": {"term": "no path:"}}}}, "Term MyTerm: 'no path:' is not of the form"),
]


@pytest.mark.parametrize(("settings", "message"), INVALID, ids=lambda value: str(value)[:40])
def test_an_invalid_setting_is_reported_with_a_fix(settings, message):
    with pytest.raises(UserError) as caught:
        gym.make("segue/Playlist-v0", **{"catalog": "synthetic:400", "pool_size": 12, **settings})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_numbers_of_numpy_are_numbers():
    settings = {"pool_size": np.int64(12), "length": np.int32(8), "catalog": "synthetic:400"}
    listener = {"preset": "full", "bias": np.float32(0.5), "terms": {"transition": {"memory": np.int64(2)}}}
    env = gym.make("segue/Playlist-v0", **settings, listener=listener)
    assert env.reset(seed=0)[0]["candidates"].shape[0] == 12


def test_switching_the_taste_off_switches_off_what_works_on_it():
    listener = {"preset": "full", "terms": {"taste": {"weight": 0}, "drift": {"rate": 0.1}}}
    env = gym.make("segue/Playlist-v0", catalog="synthetic:400", pool_size=12, listener=listener)
    assert not {"taste", "drift"} & env.unwrapped.sessions.terms.keys()


def test_an_unknown_setting_is_also_the_type_error_that_other_libraries_probe_for():
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        gym.make("segue/Playlist-v0", catalog="synthetic:400", device="cpu")


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
