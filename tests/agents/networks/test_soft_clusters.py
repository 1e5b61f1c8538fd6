"""The soft clusters of a network are the clusters of the tracks that it is trained on."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th

from segue.agents import agent_info
from segue.agents.networks.soft_clusters import SoftClusters
from segue.agents.sb3.vec_env import PlaylistVecEnv


def test_a_track_belongs_to_the_nearest_mean():
    layer = SoftClusters(3, 2)
    layer.place_at(np.array([[0.2, 0.8], [0.6, 0.4]], np.float32), [0, 2])
    tracks = th.tensor([[[0.25, 0.9, 0.7], [0.7, 0.1, 0.4], [0.4, 0.5, 0.6]]])
    shares = layer(2.0 * tracks - 1.0)[0]
    assert shares[0, 0] > 0.99
    assert shares[1, 1] > 0.99
    th.testing.assert_close(shares[2], th.tensor([0.5, 0.5]))  # as far from the one as from the other


@pytest.mark.parametrize(
    ("agent", "env_id", "networks"),
    [
        ("maskable-ppo", "segue/Playlist-v0", 1),
        ("dqn", "segue/Playlist-v0", 2),
        ("sac", "segue/PlaylistContinuous-v0", 5),
    ],
)
def test_all_networks_of_an_agent_share_the_clusters_of_its_tracks(agent, env_id, networks):
    env = PlaylistVecEnv(gym.make_vec(env_id, 2, vectorization_mode="vector_entry_point", split="train"))
    model = agent_info(agent).load()(env, 0, soft_clusters=8)
    before = {name: values.clone() for name, values in model.policy.named_parameters()}
    model.learn(256)
    after = model.policy.named_parameters()
    changed = [name for name, values in after if not th.allclose(values, before[name])]
    assert changed
    assert not any("soft_cluster" in name for name in changed)
    layers = [module for module in model.policy.modules() if isinstance(module, SoftClusters)]
    assert len(layers) == networks
    catalog = env.env.sessions.catalog
    for layer in layers:
        shares = layer(2.0 * th.tensor(catalog.matrix)[None] - 1.0)[0]
        assert (shares.argmax(1).numpy() == catalog.clusters(8)).mean() == 1.0
        assert shares.max(1).values.mean() > 0.8
