"""The learned agents: algorithms of Stable-Baselines3 and sb3-contrib on the candidate scorer."""

import dataclasses
from typing import Any

from sb3_contrib import MaskablePPO, RecurrentPPO
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.utils import LinearSchedule
from stable_baselines3.common.vec_env import VecEnv
from torch import nn

from segue.agents.algorithms.factory import AlgorithmFactory, check_device
from segue.agents.algorithms.q_learning import MaskedDQN, MaskedQRDQN
from segue.agents.imitation.dagger import DAgger
from segue.agents.networks.actor_policies import ScorerActorCriticPolicy, ScorerMaskablePolicy
from segue.agents.networks.q_policies import ScorerDQNPolicy, ScorerQRDQNPolicy
from segue.agents.networks.recurrent_policy import ScorerRecurrentPolicy
from segue.agents.networks.scorer import ScorerSettings
from segue.agents.networks.soft_clusters import SoftClusters
from segue.agents.sb3.session_inputs_env import SessionInputsVecEnv
from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.features import Catalog

_SCORER = {field.name for field in dataclasses.fields(ScorerSettings)}


@dataclasses.dataclass(frozen=True)
class ScorerAlgorithm(AlgorithmFactory):
    """Factory of a Stable-Baselines3 algorithm whose policy is a candidate scorer."""

    name: str
    """The agent's name, for messages."""
    algorithm: type[BaseAlgorithm]
    """The algorithm."""
    policy: type
    """Its policy, built on the scorer."""

    @property
    def setting_defaults(self) -> dict[str, Any]:
        """The settings of the algorithm and of the network, and `final_learning_rate`, with their defaults.

        With `final_learning_rate` the learning rate changes linearly to that value over training. `device` is
        torch's name of what trains the networks, such as `"cuda"`; a trained agent plays on the CPU.
        """
        return {
            **self.algorithm_defaults,
            **ScorerSettings().to_dict(),
            "final_learning_rate": None,
            "device": "cpu",
        }

    def build(self, env: PlaylistVecEnv, seed: int, settings: dict[str, Any]) -> BaseAlgorithm:
        """Builds the untrained algorithm; see `AlgorithmFactory`."""
        settings = {key: _number(value) for key, value in settings.items()}
        scorer = {key: settings.pop(key) for key in _SCORER & settings.keys()}
        device = check_device(self.name, settings.pop("device", "cpu"))
        final = settings.pop("final_learning_rate", None)
        if final is not None:
            initial = settings.get("learning_rate", self.algorithm_defaults["learning_rate"])
            settings["learning_rate"] = LinearSchedule(initial, final, 1.0)
        network = ScorerSettings.from_dict(scorer)
        policy_kwargs = {"observation_spec": env.observation_spec, "scorer": network}
        sessions: VecEnv = env
        if self.algorithm is not DAgger and (network.play_history or network.use_session_estimates):
            sessions = SessionInputsVecEnv(env, network)  # DAgger plays the sessions by itself
        model = self.algorithm(
            self.policy, sessions, seed=seed, device=device, policy_kwargs=policy_kwargs, **settings
        )
        _place_soft_clusters(model.policy, env.env.sessions.catalog)
        return model


def _place_soft_clusters(policy: nn.Module, catalog: Catalog) -> None:
    """Places the soft clusters of a policy's scorers at the k-means clusters of the tracks in training."""
    layers = [module for module in policy.modules() if isinstance(module, SoftClusters)]
    if layers and layers[0].out_features <= len(catalog.matrix):
        means = catalog.cluster_means(layers[0].out_features)
        for layer in layers:
            layer.place_at(means, [i for i, name in enumerate(catalog.feature_names) if name != "mode"])


def _number(value: Any) -> Any:
    """Converts a text such as 1e-3, which YAML does not read as a number since it has no dot."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


maskable_ppo = ScorerAlgorithm("maskable-ppo", MaskablePPO, ScorerMaskablePolicy)
ppo = ScorerAlgorithm("ppo", PPO, ScorerActorCriticPolicy)
recurrent_ppo = ScorerAlgorithm("recurrent-ppo", RecurrentPPO, ScorerRecurrentPolicy)
a2c = ScorerAlgorithm("a2c", A2C, ScorerActorCriticPolicy)
dagger = ScorerAlgorithm("dagger", DAgger, ScorerMaskablePolicy)
dqn = ScorerAlgorithm("dqn", MaskedDQN, ScorerDQNPolicy)
qrdqn = ScorerAlgorithm("qrdqn", MaskedQRDQN, ScorerQRDQNPolicy)
