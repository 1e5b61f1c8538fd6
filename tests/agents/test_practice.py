"""Practice with other tracks: the same listeners and settings, and only where the observations agree."""

import gymnasium as gym
import numpy as np
import pytest

from segue.agents import train_agent
from segue.agents.imitation.domain_randomization import randomized_env
from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.envs import PlaylistVectorEnv
from segue.features import open_catalog
from segue.features.errors import UserError

SMALL = {"catalog": "synthetic:400", "pool_size": 10, "length": 6}
QUICK = {"num_envs": 32, "batch_size": 64, "hidden": [16], "time_basis": 0, "soft_clusters": 0}


def training(**settings):
    env = gym.make_vec("segue/DJSet-v0", 3, vectorization_mode="vector_entry_point", **{**SMALL, **settings})
    return PlaylistVecEnv(env)


def test_only_the_tracks_are_others():
    env = training(split="train", reward="completed")
    other = randomized_env(env, "synthetic:500").env
    mine = env.env
    assert other.num_envs == 3
    assert len(other.sessions.catalog) == 500
    for name in ("pool_size", "length", "reward_name", "split"):
        assert getattr(other.sessions.setting, name) == getattr(mine.sessions.setting, name)
    assert other.sessions.setting.listener.terms.keys() == mine.sessions.setting.listener.terms.keys()


def test_the_kinds_of_music_are_the_environments_own():
    env = training()
    home, away = env.env.sessions.catalog, randomized_env(env, "synthetic:500").env.sessions.catalog
    means = np.array(
        [home.matrix_without_mode[home.clusters(8, 0) == code].mean(axis=0) for code in range(8)]
    )
    gaps = np.linalg.norm(away.matrix_without_mode[:, None] - means, axis=2)
    assert np.array_equal(away.clusters(8, 0), gaps.argmin(axis=1))
    assert not np.array_equal(away.clusters(8, 0), open_catalog("synthetic:500").clusters(8, 0))


def test_what_cannot_serve_is_nothing_to_practise_with(tmp_path):
    few = type(open_catalog("synthetic:400")).synthetic(5).save(tmp_path / "few.parquet")
    assert randomized_env(training(), str(few)) is None
    with pytest.raises(UserError, match="no catalogue"):
        randomized_env(training(), str(tmp_path / "none.parquet"))


def test_a_list_of_tracks_is_left_behind():
    ids = [str(id_) for id_ in open_catalog("synthetic:400").tracks["id"][:50]]
    env = training(pool={"kind": "list", "ids": ids})
    assert randomized_env(env, "synthetic:500").env.sessions.pool_size == 10


def test_other_features_are_nothing_to_practise_with(tmp_path):
    frame = open_catalog("synthetic:400").tracks.drop(columns="danceability")
    poor = type(open_catalog("synthetic:400")).from_frame(frame, "poor").save(tmp_path / "poor.parquet")
    env = training(catalog=str(poor))
    assert randomized_env(env, "synthetic:500") is None
    settings = {**SMALL, "catalog": str(poor)}
    agent = train_agent(
        "dagger",
        "segue/DJSet-v0",
        settings,
        seed=0,
        steps=400,
        settings={**QUICK, "domain_randomization": "synthetic:500"},
    )
    assert agent.observation_spec == env.observation_spec


def test_an_environment_without_a_name_cannot_be_made_again():
    with pytest.raises(UserError, match="make_vec"):
        randomized_env(PlaylistVecEnv(PlaylistVectorEnv(2, **SMALL)), "synthetic:500")


def test_what_is_earned_in_practice_is_not_on_the_curve():
    """The curve tells how the agent does where it will play."""
    quick = {**QUICK, "domain_randomization": "synthetic:500"}
    seen = {}
    for domain_randomization in ("synthetic:500", None):
        agent = train_agent(
            "dagger",
            "segue/DJSet-v0",
            SMALL,
            seed=0,
            steps=600,
            settings={**quick, "domain_randomization": domain_randomization},
        )
        seen[domain_randomization] = agent.curve["episodes"].sum()
    assert seen["synthetic:500"] < seen[None]
