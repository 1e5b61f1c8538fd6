"""The common base of the Stable-Baselines3 policies on a candidate scorer."""

from typing import Any

from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import Schedule

from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.scorer import ScorerSettings


class ScorerPolicy(BasePolicy):
    """Keeps the scorer's settings for the policy that builds it, and saves them with the policy.

    Args:
        observation_space: The environment's.
        action_space: Discrete(K).
        lr_schedule: Learning rate by remaining progress.
        observation_spec: What the observations hold.
        scorer: The shape of the network.
        **kwargs: As for Stable-Baselines3's policy.
    """

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        lr_schedule: Schedule,
        observation_spec: ObservationSpec,
        scorer: ScorerSettings,
        **kwargs: Any,
    ) -> None:
        self._observation_spec, self._scorer_settings = observation_spec, scorer
        super().__init__(observation_space, action_space, lr_schedule, **kwargs)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        scorer = {"observation_spec": self._observation_spec, "scorer": self._scorer_settings}
        return {**super()._get_constructor_parameters(), **scorer}
