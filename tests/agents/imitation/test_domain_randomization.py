"""Domain randomisation: other tracks, the same listeners and settings."""

import gymnasium as gym
import numpy as np
import pytest

from segue.agents.imitation.domain_randomization import randomized_env
from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.envs import PlaylistVectorEnv
from segue.features import Catalog, open_catalog
from segue.features.errors import UserError

SMALL = {"catalog": "synthetic:400", "pool_size": 10, "length": 6}


def training(**settings):
    env = gym.make_vec("segue/DJSet-v0", 3, vectorization_mode="vector_entry_point", **{**SMALL, **settings})
    return PlaylistVecEnv(env)


def test_only_the_tracks_differ():
    env = training(split="train", reward="completed")
    other = randomized_env(env, "synthetic:500").env
    own = env.env
    assert other.num_envs == 3
    assert len(other.sessions.catalog) == 500
    for name in ("pool_size", "length", "reward_name", "split"):
        assert getattr(other.sessions.setting, name) == getattr(own.sessions.setting, name)
    assert other.sessions.setting.listener.terms.keys() == own.sessions.setting.listener.terms.keys()


def test_the_tracks_join_the_clusters_of_the_environment():
    env = training()
    own, other = env.env.sessions.catalog, randomized_env(env, "synthetic:500").env.sessions.catalog
    means = np.array([own.matrix_without_mode[own.clusters(8, 0) == code].mean(axis=0) for code in range(8)])
    distances = np.linalg.norm(other.matrix_without_mode[:, None] - means, axis=2)
    assert np.array_equal(other.clusters(8, 0), distances.argmin(axis=1))
    assert not np.array_equal(other.clusters(8, 0), open_catalog("synthetic:500").clusters(8, 0))


def test_synthetic_tracks_imitate_the_training_tracks_only():
    catalog = open_catalog("demo")
    frame, test = catalog.tracks.copy(), catalog.split("test", seed=2)
    frame.loc[test, "tempo"] *= 1.5
    frame.loc[test, "energy"] = 1.0 - frame["energy"]
    changed = Catalog.from_frame(frame, "changed", scaler=catalog.scaler)
    made = []
    for own in (catalog, changed):
        env = training(catalog=own, split="train", split_seed=2)
        setting = randomized_env(env, "synthetic:500").env.sessions.setting
        assert (setting.split, setting.split_seed) == ("train", 2)
        assert setting.catalog.scaler is env.env.sessions.catalog.scaler
        assert np.array_equal(setting.catalog.cluster_means(8), env.env.sessions.catalog.cluster_means(8))
        made.append(setting.catalog)
    assert made[0].tracks["tempo"].equals(made[1].tracks["tempo"])
    assert np.array_equal(made[0].matrix, made[1].matrix)


def test_synthetic_tracks_have_the_features_of_the_catalogue(tmp_path):
    frame = open_catalog("synthetic:400").tracks.drop(columns="danceability")
    env = training(catalog=str(Catalog.from_frame(frame, "poor").save(tmp_path / "poor.parquet")))
    other = randomized_env(env, "synthetic:500")
    assert "danceability" not in other.env.sessions.catalog.feature_names
    assert other.observation_space == env.observation_space


def test_a_catalogue_with_too_few_tracks_is_not_used(tmp_path):
    few = Catalog.synthetic(5).save(tmp_path / "few.parquet")
    assert randomized_env(training(), str(few)) is None


def test_a_missing_catalogue_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"none\.parquet"):
        randomized_env(training(), str(tmp_path / "none.parquet"))


def test_a_pool_of_listed_tracks_becomes_a_uniform_one():
    ids = [str(id_) for id_ in open_catalog("synthetic:400").tracks["id"][:50]]
    env = training(pool={"kind": "list", "ids": ids})
    assert randomized_env(env, "synthetic:500").env.sessions.pool_size == 10


def test_a_catalogue_with_other_features_is_not_used(tmp_path, train):
    frame = open_catalog("synthetic:400").tracks.drop(columns="danceability")
    poor = Catalog.from_frame(frame, "poor").save(tmp_path / "poor.parquet")
    rich = Catalog.synthetic(500).save(tmp_path / "rich.parquet")
    env = training(catalog=str(poor))
    assert randomized_env(env, str(rich)) is None
    settings = {"catalog": str(poor)}
    agent = train("dagger", "segue/DJSet-v0", steps=64, env_settings=settings, domain_randomization=str(rich))
    assert agent.observation_spec == env.observation_spec


def test_an_environment_that_was_not_made_by_its_id_is_refused():
    with pytest.raises(UserError, match="make_vec"):
        randomized_env(PlaylistVecEnv(PlaylistVectorEnv(2, **SMALL)), "synthetic:500")
