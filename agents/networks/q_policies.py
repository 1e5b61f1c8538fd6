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

MASKED_Q = -1e9
"""Q of a slot that cannot be played: finite, so that (1 - done) * Q is 0 at the end of a session."""


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
        observation_spec: ObservationSpec,
        scorer: ScorerSettings,
    ) -> None:
        BasePolicy.__init__(
            self, observation_space, action_space
        )  # QNetwork's own would build an MLP for one K
        self.scorer = CandidateScorer(observation_spec, scorer)

    def forward(self, obs: Any) -> th.Tensor:
        """Q of all slots, (B, K)."""
        return th.where(obs["available"] > 0.5, self.scorer.scores(obs), MASKED_Q)

    def at(self, obs: Any, slots: th.Tensor) -> th.Tensor:
        """Q of one slot a session: (B,), from slots int64 (B,)."""
        return self.scorer.outputs_at(obs, slots).squeeze(1)


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
        observation_spec: ObservationSpec,
        scorer: ScorerSettings,
        **kwargs: Any,
    ) -> None:
        self._observation_spec, self._scorer_settings = observation_spec, scorer
        super().__init__(observation_space, action_space, lr_schedule, **kwargs)

    @property
    def scorer(self) -> CandidateScorer:
        """The network that acts."""
        return self.q_net.scorer

    def make_q_net(self) -> ScorerQNetwork:
        """Builds one Q-network."""
        return ScorerQNetwork(
            self.observation_space, self.action_space, self._observation_spec, self._scorer_settings
        ).to(self.device)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        ours = {"observation_spec": self._observation_spec, "scorer": self._scorer_settings}
        return {**super()._get_constructor_parameters(), **ours}


class ScorerQuantileNetwork(QuantileNetwork):
    """Quantiles of the return after playing a candidate, from a scorer with as many outputs.

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
        observation_spec: ObservationSpec,
        scorer: ScorerSettings,
    ) -> None:
        BasePolicy.__init__(self, observation_space, action_space)
        self.scorer = CandidateScorer(observation_spec, scorer)

    def forward(self, obs: Any) -> th.Tensor:
        """Quantiles of all slots, (B, n_quantiles, K); the lowest of all where a slot cannot be played."""
        free = (obs["available"] > 0.5).unsqueeze(1)
        return th.where(free, self.scorer.outputs(obs).transpose(1, 2), MASKED_Q)

    def at(self, obs: Any, slots: th.Tensor) -> th.Tensor:
        """Quantiles of one slot a session: (B, n_quantiles), from slots int64 (B,)."""
        return self.scorer.outputs_at(obs, slots)


class ScorerQRDQNPolicy(QRDQNPolicy):
    """Online and target quantile network, both scorers.

    Args:
        observation_space: The environment's.
        action_space: Discrete(K).
        lr_schedule: Learning rate by remaining progress.
        observed: What the observation holds.
        scorer: The shape of the network; its `outputs` are the quantiles.
        **kwargs: As for the base class.
    """

    quantile_net: ScorerQuantileNetwork
    quantile_net_target: ScorerQuantileNetwork

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Discrete,
        lr_schedule: Schedule,
        observation_spec: ObservationSpec,
        scorer: ScorerSettings,
        **kwargs: Any,
    ) -> None:
        self._observation_spec, self._scorer_settings = observation_spec, scorer
        super().__init__(observation_space, action_space, lr_schedule, n_quantiles=scorer.outputs, **kwargs)

    @property
    def scorer(self) -> CandidateScorer:
        """The network that acts."""
        return self.quantile_net.scorer

    def make_quantile_net(self) -> ScorerQuantileNetwork:
        """Builds one quantile network."""
        return ScorerQuantileNetwork(
            self.observation_space, self.action_space, self._observation_spec, self._scorer_settings
        ).to(self.device)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        parameters = super()._get_constructor_parameters()
        del parameters["n_quantiles"]  # the scorer's settings say it
        return {**parameters, "observation_spec": self._observation_spec, "scorer": self._scorer_settings}
