"""Specifications: those of environments made with objects, which have no JSON form."""

import copy
import pickle

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AutoresetMode

from segue.features import Catalog
from segue.features.errors import UserError


def scalar(**settings):
    return gym.make("segue/Playlist-v0", **{"catalog": "synthetic:100", "pool_size": 12, **settings})


def vector(**settings):
    return gym.make_vec(
        "segue/Playlist-v0", num_envs=2, **{"catalog": "synthetic:100", "pool_size": 12, **settings}
    )


CATALOG = Catalog.synthetic(100)


@pytest.mark.parametrize("make", [scalar, vector])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"catalog": CATALOG}, r"because of catalog \(Catalog\); save the catalogue and pass its path\."),
        ({"catalog": CATALOG.tracks}, r"catalog \(DataFrame\); save the catalogue and pass its path\."),
        ({"pool_size": np.int64(12)}, r"pool_size \(int64\); pass text, or numbers of Python\."),
    ],
)
def test_an_argument_without_a_json_form_is_reported(make, settings, message):
    env = make(**settings)
    env.reset(seed=0)
    with pytest.raises(UserError, match=message):
        env.spec.to_json()


def test_a_mode_of_gymnasium_has_no_json_form_but_its_name_has():
    with pytest.raises(UserError, match="autoreset_mode"):
        vector(autoreset_mode=AutoresetMode.NEXT_STEP).spec.to_json()
    again = gym.make_vec(EnvSpec.from_json(vector(autoreset_mode="NEXT_STEP").spec.to_json()))
    assert again.unwrapped.autoreset_mode == AutoresetMode.NEXT_STEP


@pytest.mark.parametrize("make", [scalar, vector])
@pytest.mark.parametrize("catalog", [CATALOG, CATALOG.tracks], ids=["catalogue", "table"])
def test_specifications_are_equal_if_their_arguments_are(make, catalog):
    spec = make(catalog=catalog).spec
    assert spec == make(catalog=catalog).spec
    assert spec != make(catalog=CATALOG.tracks.iloc[:90]).spec
    assert spec != make(catalog=catalog, length=5).spec
    assert spec != make().spec
    assert spec == copy.deepcopy(spec)


@pytest.mark.parametrize(("make", "remake"), [(scalar, gym.make), (vector, gym.make_vec)])
def test_an_environment_is_made_again_from_its_specification(make, remake):
    env = make(catalog=CATALOG.tracks)
    for spec in (env.spec, pickle.loads(pickle.dumps(env.spec))):
        assert np.array_equal(remake(spec).reset(seed=3)[1]["track"], env.reset(seed=3)[1]["track"])
