"""Stable-Baselines3 actor-critic policies whose logits and values come from one candidate scorer."""

from typing import Any

import torch as th
from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.common.type_aliases import Schedule

from segue.agents.networks.ensemble import new_scorer
from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.scorer import ScorerSettings

MASKED_LOGIT = -1e8
"""Logit of a slot that cannot be played: its probability is exactly 0, and so is its part of the entropy."""


class ScorerActor(BasePolicy):
    """What both policies share: scores are logits, the value head is the critic.

    A slot that the observation does not call available is never sampled, whether the algorithm passes masks
    or not.

    Args:
        observation_space: The environment's.
        action_space: Discrete(K).
        lr_schedule: Learning rate by remaining progress.
        observed: What the observation holds.
        scorer: The shape of the network.
        **kwargs: As for the base class.
    """

    action_dist: Any

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

    def _build(self, lr_schedule: Schedule) -> None:
        self.scorer = new_scorer(self._observation_spec, self._scorer_settings)
        arguments: dict[str, Any] = {"lr": lr_schedule(1), **self.optimizer_kwargs}
        self.optimizer = self.optimizer_class(self.parameters(), **arguments)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        ours = {"observation_spec": self._observation_spec, "scorer": self._scorer_settings}
        return {**super()._get_constructor_parameters(), **ours}

    def _distribution(self, obs: Any, scores: th.Tensor, action_masks: Any) -> Any:
        mask = obs["available"] > 0.5
        if action_masks is not None:
            mask = mask & th.as_tensor(action_masks, dtype=th.bool).reshape(mask.shape)
        return self.action_dist.proba_distribution(action_logits=th.where(mask, scores, MASKED_LOGIT))

    def forward(
        self, obs: Any, deterministic: bool = False, action_masks: Any = None
    ) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """Chooses: actions (B,), values (B, 1), log probabilities (B,)."""
        scores, values = self.scorer(obs)
        distribution = self._distribution(obs, scores, action_masks)
        actions = distribution.get_actions(deterministic=deterministic)
        return actions, values, distribution.log_prob(actions)

    def evaluate_actions(
        self, obs: Any, actions: th.Tensor, action_masks: Any = None
    ) -> tuple[th.Tensor, th.Tensor, th.Tensor | None]:
        """Judges: values (B, 1), log probabilities (B,), entropies (B,)."""
        scores, values = self.scorer(obs)
        distribution = self._distribution(obs, scores, action_masks)
        return values, distribution.log_prob(actions), distribution.entropy()

    def get_distribution(self, obs: Any, action_masks: Any = None) -> Any:
        """The distribution over slots."""
        return self._distribution(obs, self.scorer.scores(obs), action_masks)

    def predict_values(self, obs: Any) -> th.Tensor:
        """The values (B, 1)."""
        return self.scorer.values(obs)


class ScorerMaskablePolicy(ScorerActor, MaskableActorCriticPolicy):
    """For sb3-contrib's MaskablePPO."""


class ScorerActorCriticPolicy(ScorerActor, ActorCriticPolicy):
    """For Stable-Baselines3's PPO and A2C."""
