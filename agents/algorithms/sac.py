"""Soft actor-critic for continuous actions: it learns where in feature space the next track should lie."""

from typing import Any

from stable_baselines3 import SAC
from stable_baselines3.common.base_class import BaseAlgorithm

from segue.agents.algorithms.factory import AlgorithmFactory
from segue.agents.algorithms.q_learning import PoolReplayBuffer
from segue.agents.continuous import require_continuous_actions
from segue.agents.networks.pool_summary import PoolSummary
from segue.agents.sb3.vec_env import PlaylistVecEnv

_HIDDEN = (64, 64)


class SacFactory(AlgorithmFactory):
    """Factory of soft actor-critic (Haarnoja et al. 2018) on a summary of the pool."""

    name = "sac"
    algorithm = SAC

    @property
    def setting_defaults(self) -> dict[str, Any]:
        """The algorithm's settings, and `hidden`, the widths of the hidden layers, with their defaults."""
        return {**self.algorithm_defaults, "hidden": list(_HIDDEN)}

    def build(self, env: PlaylistVecEnv, seed: int, settings: dict[str, Any]) -> BaseAlgorithm:
        """Builds the untrained algorithm; see `AlgorithmFactory`."""
        require_continuous_actions(self.name, env.env)
        settings = {"replay_buffer_class": PoolReplayBuffer, **settings}
        hidden = settings.pop("hidden", _HIDDEN)
        policy = {"features_extractor_class": PoolSummary, "net_arch": list(hidden)}
        return SAC("MultiInputPolicy", env, seed=seed, device="cpu", policy_kwargs=policy, **settings)


sac = SacFactory()
