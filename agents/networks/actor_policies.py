"""Stable-Baselines3 actor-critic policies whose logits and values come from one candidate scorer."""

from typing import Any

import torch as th
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.type_aliases import Schedule

from segue.agents.networks.scorer import CandidateScorer
from segue.agents.networks.scorer_policy import ScorerPolicy

MASKED_LOGIT = -1e8
"""Logit of a slot that cannot be played: its probability and its part of the entropy are exactly 0."""


class ScorerActor(ScorerPolicy):
    """The part that both policies share: scores are logits, the value head is the critic.

    A slot that is not available in the observation is never sampled, whether the algorithm passes masks or
    not.
    """

    action_dist: Any

    def _build(self, lr_schedule: Schedule) -> None:
        self.scorer = CandidateScorer(self._observation_spec, self._scorer_settings)
        arguments: dict[str, Any] = {"lr": lr_schedule(1), **self.optimizer_kwargs}
        self.optimizer = self.optimizer_class(self.parameters(), **arguments)

    def _distribution(self, obs: Any, scores: th.Tensor, action_masks: Any) -> Any:
        mask = obs["available"] > 0.5
        if action_masks is not None:
            mask = mask & th.as_tensor(action_masks, dtype=th.bool, device=mask.device).reshape(mask.shape)
        return self.action_dist.proba_distribution(action_logits=th.where(mask, scores, MASKED_LOGIT))

    def forward(
        self, obs: Any, deterministic: bool = False, action_masks: Any = None
    ) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """Returns actions (B,), values (B, 1) and log probabilities (B,)."""
        scores, values = self.scorer(obs)
        distribution = self._distribution(obs, scores, action_masks)
        actions = distribution.get_actions(deterministic=deterministic)
        return actions, values, distribution.log_prob(actions)

    def evaluate_actions(
        self, obs: Any, actions: th.Tensor, action_masks: Any = None
    ) -> tuple[th.Tensor, th.Tensor, th.Tensor | None]:
        """Returns values (B, 1), log probabilities (B,) and entropies (B,)."""
        scores, values = self.scorer(obs)
        distribution = self._distribution(obs, scores, action_masks)
        return values, distribution.log_prob(actions), distribution.entropy()

    def get_distribution(self, obs: Any, action_masks: Any = None) -> Any:
        """Returns the distribution over slots."""
        return self._distribution(obs, self.scorer.scores(obs), action_masks)

    def predict_values(self, obs: Any) -> th.Tensor:
        """Returns the values (B, 1)."""
        return self.scorer.values(obs)


class ScorerMaskablePolicy(ScorerActor, MaskableActorCriticPolicy):
    """For sb3-contrib's MaskablePPO."""


class ScorerActorCriticPolicy(ScorerActor, ActorCriticPolicy):
    """For Stable-Baselines3's PPO and A2C."""
