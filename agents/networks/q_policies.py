"""Stable-Baselines3 Q-networks that are candidate scorers."""

from typing import Any

import torch as th
from gymnasium import spaces
from sb3_contrib.qrdqn.policies import QRDQNPolicy, QuantileNetwork
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork

from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.scorer import CandidateScorer, ScorerSettings
from segue.agents.networks.scorer_policy import ScorerPolicy

MASKED_Q = -1e9
"""Q of a slot that cannot be played: finite, so that (1 - done) * Q is 0 at the end of a session."""


class ScorerNetwork(BasePolicy):
    """The part that both networks share: they are built on a scorer instead of an MLP for one pool size.

    Args:
        observation_space: The environment's.
        action_space: Discrete(K).
        observation_spec: What the observations hold.
        scorer: The shape of the network.
    """

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        observation_spec: ObservationSpec,
        scorer: ScorerSettings,
    ) -> None:
        # Skips the constructors of QNetwork and QuantileNetwork, which build the MLP.
        BasePolicy.__init__(self, observation_space, action_space)
        self.scorer = CandidateScorer(observation_spec, scorer)


class ScorerQNetwork(ScorerNetwork, QNetwork):
    """Q(session, candidate) from a scorer; a slot that cannot be played has the lowest Q of all."""

    def forward(self, obs: Any) -> th.Tensor:
        """Returns Q of all slots, (B, K)."""
        return th.where(obs["available"] > 0.5, self.scorer.scores(obs), MASKED_Q)

    def at(self, obs: Any, slots: th.Tensor) -> th.Tensor:
        """Returns Q of one slot per session: (B,), from slots int64 (B,)."""
        return self.scorer.outputs_at(obs, slots).squeeze(1)


class ScorerQuantileNetwork(ScorerNetwork, QuantileNetwork):
    """Quantiles of the return after playing a candidate, from a scorer with as many outputs."""

    def forward(self, obs: Any) -> th.Tensor:
        """Returns quantiles of all slots, (B, n_quantiles, K); MASKED_Q where a slot cannot be played."""
        available = (obs["available"] > 0.5).unsqueeze(1)
        return th.where(available, self.scorer.outputs(obs).transpose(1, 2), MASKED_Q)

    def at(self, obs: Any, slots: th.Tensor) -> th.Tensor:
        """Returns quantiles of one slot per session: (B, n_quantiles), from slots int64 (B,)."""
        return self.scorer.outputs_at(obs, slots)


class ScorerDQNPolicy(ScorerPolicy, DQNPolicy):
    """Online and target Q-network, both scorers."""

    q_net: ScorerQNetwork
    q_net_target: ScorerQNetwork

    @property
    def scorer(self) -> CandidateScorer:
        """The scorer of the online network."""
        return self.q_net.scorer

    def make_q_net(self) -> ScorerQNetwork:
        """Builds one Q-network."""
        arguments = (self.observation_space, self.action_space, self._observation_spec, self._scorer_settings)
        return ScorerQNetwork(*arguments).to(self.device)


class ScorerQRDQNPolicy(ScorerPolicy, QRDQNPolicy):
    """Online and target quantile network, both scorers.

    Args:
        observation_space: The environment's.
        action_space: Discrete(K).
        lr_schedule: Learning rate by remaining progress.
        observation_spec: What the observations hold.
        scorer: The shape of the network; its `outputs` are the quantiles.
        **kwargs: As for sb3-contrib's policy.
    """

    quantile_net: ScorerQuantileNetwork
    quantile_net_target: ScorerQuantileNetwork

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        lr_schedule: Schedule,
        observation_spec: ObservationSpec,
        scorer: ScorerSettings,
        **kwargs: Any,
    ) -> None:
        kwargs["n_quantiles"] = scorer.outputs
        super().__init__(observation_space, action_space, lr_schedule, observation_spec, scorer, **kwargs)

    @property
    def scorer(self) -> CandidateScorer:
        """The scorer of the online network."""
        return self.quantile_net.scorer

    def make_quantile_net(self) -> ScorerQuantileNetwork:
        """Builds one quantile network."""
        arguments = (self.observation_space, self.action_space, self._observation_spec, self._scorer_settings)
        return ScorerQuantileNetwork(*arguments).to(self.device)
