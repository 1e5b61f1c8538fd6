"""The learned agents: algorithms of Stable-Baselines3 and sb3-contrib around the candidate scorer."""

import dataclasses
import inspect
from typing import Any

from sb3_contrib import MaskablePPO, RecurrentPPO
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.utils import LinearSchedule

from segue.agents.algorithms.q_learning import MaskedDQN, MaskedQRDQN
from segue.agents.imitation.dagger import DAgger
from segue.agents.networks.actor_policies import ScorerActorCriticPolicy, ScorerMaskablePolicy
from segue.agents.networks.q_policies import ScorerDQNPolicy, ScorerQRDQNPolicy
from segue.agents.networks.recurrent_policy import ScorerRecurrentPolicy
from segue.agents.networks.scorer import ScorerSettings
from segue.agents.registry import check_settings
from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.features.errors import UserError

_SCORER = {field.name for field in dataclasses.fields(ScorerSettings)}
_OURS = {"self", "policy", "env", "seed", "device", "policy_kwargs", "verbose", "tensorboard_log"}


@dataclasses.dataclass(frozen=True)
class ScorerAlgorithm:
    """Factory of a Stable-Baselines3 algorithm whose policy is a candidate scorer."""

    name: str
    """The agent's name, for messages."""
    algorithm: type[BaseAlgorithm]
    """The algorithm."""
    policy: type
    """Its policy, built on the scorer."""

    @property
    def setting_defaults(self) -> dict[str, Any]:
        """All settings with the libraries' defaults: the algorithm's, the network's, and one more.

        With `final_learning_rate` the learning rate goes there in a straight line over training.
        """
        parameters = inspect.signature(self.algorithm.__init__).parameters
        own = {
            name: parameter.default
            for name, parameter in parameters.items()
            if name not in _OURS and not name.startswith("_")
        }
        shape = ScorerSettings().to_dict()
        if self.algorithm is not DAgger:
            # The memory is kept beside the observations, which the other algorithms store alone, and their
            # losses are made for one network.
            del shape["use_session_estimates"], shape["n_members"]
        return {**own, **shape, "final_learning_rate": None}

    @property
    def setting_names(self) -> list[str]:
        """Names of all settings."""
        return list(self.setting_defaults)

    def __call__(self, env: PlaylistVecEnv, seed: int, **settings: Any) -> BaseAlgorithm:
        """Builds the untrained algorithm.

        Args:
            env: Where it will train.
            seed: Seed of its weights and its exploration.
            **settings: See `setting_names`.

        Returns:
            The algorithm, on the CPU, silent.

        Raises:
            UserError: A setting is unknown or has a value that the algorithm refuses.
        """
        check_settings(self.name, settings, self.setting_names)
        settings = {key: _number(value) for key, value in settings.items()}
        shape = {key: settings.pop(key) for key in _SCORER & settings.keys()}
        last = settings.pop("final_learning_rate", None)
        if last is not None:
            default = inspect.signature(self.algorithm.__init__).parameters["learning_rate"].default
            settings["learning_rate"] = LinearSchedule(settings.get("learning_rate", default), last, 1.0)
        policy_kwargs = {"observation_spec": env.observation_spec, "scorer": ScorerSettings.from_dict(shape)}
        try:
            return self.algorithm(
                self.policy, env, seed=seed, device="cpu", policy_kwargs=policy_kwargs, **settings
            )
        except UserError:
            raise
        except (TypeError, ValueError, AssertionError) as error:
            raise UserError(f"Agent {self.name!r} cannot be built from its settings: {error}") from error


def _number(value: Any) -> Any:
    """Reads 1e-3, which YAML takes for a text since it has no dot."""
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
