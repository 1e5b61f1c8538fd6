"""Domain randomisation: other tracks, the same listeners and settings, in the training of every agent."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from stable_baselines3 import PPO

from segue.agents import load_agent, register_agent, train_agent
from segue.agents.built_in import BUILT_IN
from segue.agents.sb3.domain_randomization import randomized_env
from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.agents.training import untrained_model
from segue.envs import PlaylistVectorEnv
from segue.features import Catalog, open_catalog
from segue.features.errors import UserError

SMALL = {"catalog": "synthetic:400", "pool_size": 10, "length": 6, "observe_durations": True}
OTHER = "synthetic:500"


def training(**settings):
    env = gym.make_vec("segue/DJSet-v0", 3, vectorization_mode="vector_entry_point", **{**SMALL, **settings})
    return PlaylistVecEnv(env)


@pytest.fixture
def without_danceability(tmp_path):
    frame = open_catalog("synthetic:400").tracks.drop(columns="danceability")
    return str(Catalog.from_frame(frame, "poor").save(tmp_path / "poor.parquet"))


def test_only_the_tracks_differ():
    env = training(split="train", reward="completed")
    other = randomized_env(env, OTHER, 5).env
    own = env.env
    assert other.num_envs == 5
    assert len(other.sessions.catalog) == 500
    for name in ("pool_size", "length", "reward_name", "split"):
        assert getattr(other.sessions.setting, name) == getattr(own.sessions.setting, name)
    assert other.sessions.setting.listener.terms.keys() == own.sessions.setting.listener.terms.keys()


def test_the_tracks_join_the_clusters_of_the_environment():
    env = training()
    own, other = env.env.sessions.catalog, randomized_env(env, OTHER, 3).env.sessions.catalog
    means = np.array([own.matrix_without_mode[own.clusters(8, 0) == code].mean(axis=0) for code in range(8)])
    distances = np.linalg.norm(other.matrix_without_mode[:, None] - means, axis=2)
    assert np.array_equal(other.clusters(8, 0), distances.argmin(axis=1))
    assert not np.array_equal(other.clusters(8, 0), open_catalog(OTHER).clusters(8, 0))


def test_nothing_of_the_test_tracks_reaches_the_synthetic_ones():
    """Whatever their features are: tracks, percentiles and clusters of training stay the same."""
    catalog = open_catalog("demo")
    frame, test = catalog.tracks.copy(), catalog.split("test", seed=2)
    train = catalog.split("train", seed=2)
    rng = np.random.default_rng(0)
    numbers = [name for name in frame.select_dtypes("number") if frame[name].notna().any()]
    for name in numbers:
        values = frame[name].to_numpy().copy()
        other = rng.permutation(values[test])
        values[test] = other if name.endswith(("key", "mode")) else (other + np.nanmax(values)) / 2
        frame[name] = values.astype(frame[name].dtype)
    changed = Catalog.from_frame(frame, "changed")
    assert np.array_equal(changed.split("train", seed=2), train)
    made = []
    for own in (catalog, changed):
        env = training(catalog=own, split="train", split_seed=2)
        setting = randomized_env(env, OTHER, 3).env.sessions.setting
        assert (setting.split, setting.split_seed) == ("train", 2)
        made.append(setting.catalog)
    assert made[0].tracks[numbers[0]].notna().all()
    for name in made[0].tracks:
        assert made[0].tracks[name].equals(made[1].tracks[name])
    assert np.array_equal(made[0].matrix, made[1].matrix)
    assert np.array_equal(made[0].clusters(8), made[1].clusters(8))
    assert np.array_equal(made[0].cluster_means(8), made[1].cluster_means(8))
    # All features did change: fitted to all tracks the synthetic ones would differ.
    assert not np.array_equal(
        open_catalog(OTHER, like=catalog).matrix, open_catalog(OTHER, like=changed).matrix
    )


def test_synthetic_tracks_have_the_features_of_the_catalogue(without_danceability):
    env = training(catalog=without_danceability)
    other = randomized_env(env, OTHER, 3)
    assert "danceability" not in other.env.sessions.catalog.feature_names
    assert other.observation_space == env.observation_space


def test_a_catalogue_that_cannot_be_used_is_refused(tmp_path, without_danceability):
    few = str(Catalog.synthetic(5).save(tmp_path / "few.parquet"))
    rich = str(Catalog.synthetic(500).save(tmp_path / "rich.parquet"))
    listed = {"kind": "list", "ids": [str(id_) for id_ in open_catalog("synthetic:400").ids[:50]]}
    unnamed = PlaylistVecEnv(PlaylistVectorEnv(2, **SMALL))
    for env, catalog, reason in (
        (training(), few, "only 5 are available"),
        (training(), str(tmp_path / "none.parquet"), r"none\.parquet"),
        (training(), "syntetic:500", "did you mean 'synthetic:1000'"),
        (training(), 500, "is the name or path of a catalogue"),
        (training(catalog=without_danceability), rich, "other listening features"),
        (training(pool=listed), OTHER, "lists its tracks"),
        (unnamed, OTHER, "gymnasium.make_vec"),
    ):
        with pytest.raises(UserError, match=reason) as caught:
            randomized_env(env, catalog, 2)
        assert "domain_randomization" in str(caught.value)


# ---------------------------------------------------------------------- as a setting of training
def weights_of(agent):
    return (agent.actor if agent.name == "sac" else agent.scorer).state_dict()


@pytest.mark.parametrize("name", [info.name for info in BUILT_IN if info.learned])
def test_every_learned_agent_trains_with_other_tracks(name, train):
    settings = {"domain_randomization": OTHER, "steps": 192}
    agent, same = train(name, **settings), train(name, **settings)
    alone = train(name, steps=192, domain_randomization=None)
    weights = [weights_of(each) for each in (agent, same, alone)]
    assert all(th.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert not all(th.equal(weights[0][key], weights[2][key]) for key in weights[0])
    # Steps of all sessions are counted, those with the environment's own tracks are shown.
    assert agent.curve["steps"].iloc[-1] > (agent.curve["episodes"] * agent.curve["length_mean"]).sum()


def test_the_argument_is_the_setting_which_takes_precedence(train):
    def trained(argument, **settings):
        settings = {"num_envs": 4, "n_steps": 8, "hidden": [8], **settings}
        names = ("a2c", "segue/Playlist-v0", SMALL)
        agent = train_agent(*names, seed=0, steps=64, settings=settings, domain_randomization=argument)
        return th.cat([weight.flatten() for weight in weights_of(agent).values()])

    argument, setting = trained(OTHER), trained(None, domain_randomization=OTHER)
    assert th.equal(argument, setting)
    assert th.equal(trained(OTHER, domain_randomization=None), trained(None))
    assert not th.equal(argument, trained(None))


def test_half_of_the_sessions_have_other_tracks():
    settings = {"num_envs": 5, "domain_randomization": OTHER}
    _, env, _ = untrained_model("a2c", "segue/Playlist-v0", SMALL, seed=0, settings=settings)
    assert [(part.num_envs, len(part.env.sessions.catalog)) for part in env.parts] == [(3, 400), (2, 500)]
    with pytest.raises(UserError, match="num_envs of 2 or more"):
        untrained_model("a2c", "segue/Playlist-v0", SMALL, seed=0, settings={**settings, "num_envs": 1})


def a_users_ppo(env, seed, n_steps=8):
    return PPO("MultiInputPolicy", env, n_steps=n_steps, batch_size=16, seed=seed, device="cpu")


def test_an_agent_of_a_user_has_the_setting_and_is_loaded_without_it(tmp_path, vector_env):
    register_agent("a-users-ppo", a_users_ppo, learned=True)
    settings = {"num_envs": 4, "domain_randomization": OTHER}
    agent = train_agent("a-users-ppo", "segue/Playlist-v0", SMALL, seed=0, steps=64, settings=settings)
    agent.save(tmp_path / "agent.zip")
    env = vector_env(3)
    observation, _ = env.reset(seed=0)
    loaded = load_agent(tmp_path / "agent.zip", env)
    assert loaded.settings["domain_randomization"] == OTHER
    assert np.array_equal(loaded.predict(observation)[0], agent.predict(observation)[0])
