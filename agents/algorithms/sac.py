"""Soft actor-critic for continuous actions: it learns where in feature space to point."""

from typing import Any

from stable_baselines3 import SAC
from stable_baselines3.common.base_class import BaseAlgorithm

from segue.agents.algorithms.q_learning import PoolReplayBuffer
from segue.agents.algorithms.scorer_algorithms import ScorerAlgorithm
from segue.agents.continuous import require_continuous_actions
from segue.agents.networks.pointing_policy import PointingPolicy
from segue.agents.sb3.vec_env import PlaylistVecEnv


class SacFactory(ScorerAlgorithm):
    """Factory of soft actor-critic (Haarnoja et al. 2018), whose actor points at candidates."""

    @property
    def setting_defaults(self) -> dict[str, Any]:
        """As for the other agents, without the inputs that follow the slots that were played."""
        excluded = {"play_history", "use_session_estimates"}
        return {name: value for name, value in super().setting_defaults.items() if name not in excluded}

    def build(self, env: PlaylistVecEnv, seed: int, settings: dict[str, Any]) -> BaseAlgorithm:
        """Builds the untrained algorithm; see `AlgorithmFactory`."""
        require_continuous_actions(self.name, env.env)
        return super().build(env, seed, {"replay_buffer_class": PoolReplayBuffer, **settings})


sac = SacFactory("sac", SAC, PointingPolicy)
