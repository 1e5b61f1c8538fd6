"""Stable-Baselines3 policies whose logits, Q-values and state values come from the candidate scorer."""

from typing import Any

import torch as th
from gymnasium import spaces
from sb3_contrib.common.maskable.distributions import MaskableDistribution
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from segue.agents.observed import Observed
from segue.agents.scorer import CandidateScorer, ScorerSettings
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork

MASKED_Q = -1e9
"""Q of a slot that cannot be played: finite, so that (1 - done) * Q is 0 at the end of a session."""


class ScorerMaskablePolicy(MaskableActorCriticPolicy):
    """Actor and critic of one scorer: its scores are the logits, its value head is the critic.

    Args:
        observation_space: The environment's.
        action_space: Discrete(K).
        lr_schedule: Learning rate by remaining progress.
        observed: What the observation holds.
        scorer: The shape of the network.
        **kwargs: As for the base class.
    """

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        lr_schedule: Schedule,
        observed: Observed,
        scorer: ScorerSettings,
        **kwargs: Any,
    ) -> None:
        self._observed, self._scorer_settings = observed, scorer
        super().__init__(observation_space, action_space, lr_schedule, **kwargs)

    def _build(self, lr_schedule: Schedule) -> None:
        self.scorer = CandidateScorer(self._observed, self._scorer_settings)
        arguments = {"lr": lr_schedule(1), **self.optimizer_kwargs}
        self.optimizer = self.optimizer_class(self.parameters(), **arguments)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        ours = {"observed": self._observed, "scorer": self._scorer_settings}
        return {**super()._get_constructor_parameters(), **ours}

    def _distribution(self, scores: th.Tensor, action_masks: Any) -> MaskableDistribution:
        distribution = self.action_dist.proba_distribution(action_logits=scores)
        if action_masks is not None:
            distribution.apply_masking(action_masks)
        return distribution

    def forward(
        self, obs: Any, deterministic: bool = False, action_masks: Any = None
    ) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """Chooses: actions (B,), values (B, 1), log probabilities (B,)."""
        scores, values = self.scorer(obs)
        distribution = self._distribution(scores, action_masks)
        actions = distribution.get_actions(deterministic=deterministic)
        return actions, values, distribution.log_prob(actions)

    def evaluate_actions(
        self, obs: Any, actions: th.Tensor, action_masks: Any = None
    ) -> tuple[th.Tensor, th.Tensor, th.Tensor | None]:
        """Judges: values (B, 1), log probabilities (B,), entropies (B,)."""
        scores, values = self.scorer(obs)
        distribution = self._distribution(scores, action_masks)
        return values, distribution.log_prob(actions), distribution.entropy()

    def get_distribution(self, obs: Any, action_masks: Any = None) -> MaskableDistribution:
        """The distribution over slots."""
        return self._distribution(self.scorer.scores(obs), action_masks)

    def predict_values(self, obs: Any) -> th.Tensor:
        """The values (B, 1)."""
        return self.scorer.values(obs)


class ScorerQNetwork(QNetwork):
    """Q(session, candidate) from a scorer; a slot that cannot be played has the lowest Q of all.

    Args:
        observation_space: The environment's.
        action_space: Discrete(K).
        observed: What the observation holds.
        scorer: The shape of the network.
    """

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        observed: Observed,
        scorer: ScorerSettings,
    ) -> None:
        BasePolicy.__init__(
            self, observation_space, action_space
        )  # QNetwork's own would build an MLP for one K
        self.scorer = CandidateScorer(observed, scorer)

    def forward(self, obs: Any) -> th.Tensor:
        """Q of all slots, (B, K)."""
        return th.where(obs["available"] > 0.5, self.scorer.scores(obs), MASKED_Q)

    def at(self, obs: Any, slots: th.Tensor) -> th.Tensor:
        """Q of one slot a session: (B,), from slots int64 (B,)."""
        return self.scorer.scores_at(obs, slots)


class ScorerDQNPolicy(DQNPolicy):
    """Online and target Q-network, both scorers.

    Args:
        observation_space: The environment's.
        action_space: Discrete(K).
        lr_schedule: Learning rate by remaining progress.
        observed: What the observation holds.
        scorer: The shape of the network.
        **kwargs: As for the base class.
    """

    q_net: ScorerQNetwork
    q_net_target: ScorerQNetwork

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Discrete,
        lr_schedule: Schedule,
        observed: Observed,
        scorer: ScorerSettings,
        **kwargs: Any,
    ) -> None:
        self._observed, self._scorer_settings = observed, scorer
        super().__init__(observation_space, action_space, lr_schedule, **kwargs)

    @property
    def scorer(self) -> CandidateScorer:
        """The network that acts."""
        return self.q_net.scorer

    def make_q_net(self) -> ScorerQNetwork:
        """Builds one Q-network."""
        return ScorerQNetwork(
            self.observation_space, self.action_space, self._observed, self._scorer_settings
        ).to(self.device)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        ours = {"observed": self._observed, "scorer": self._scorer_settings}
        return {**super()._get_constructor_parameters(), **ours}
