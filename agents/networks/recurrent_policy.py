"""The candidate scorer with a recurrent memory of the session, for sb3-contrib's RecurrentPPO."""

from typing import Any

import torch as th
from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.common.recurrent.type_aliases import RNNStates
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import Schedule
from torch import nn

from segue.agents.networks.actor_policies import MASKED_LOGIT
from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.scorer import CandidateScorer, ScorerSettings
from segue.agents.networks.scorer_policy import ScorerPolicy
from segue.features.errors import UserError


class ContextExtractor(BaseFeaturesExtractor):
    """Extracts the context of an observation: the memory reads nothing else.

    Args:
        observation_space: The environment's.
    """

    def __init__(self, observation_space: spaces.Dict) -> None:
        shape = observation_space["context"].shape
        assert shape is not None
        super().__init__(observation_space, features_dim=shape[0])

    def forward(self, obs: Any) -> th.Tensor:
        """Returns the context, (B, C)."""
        context: th.Tensor = obs["context"]
        return context


class ScorerRecurrentPolicy(ScorerPolicy, RecurrentActorCriticPolicy):
    """Actor and critic on one scorer, which shares its memory between them.

    Args:
        observation_space: The environment's.
        action_space: Discrete(K).
        lr_schedule: Learning rate by remaining progress.
        observation_spec: What the observations hold.
        scorer: The shape of the network; its `memory` must be above 0.
        **kwargs: As for sb3-contrib's policy.
    """

    lstm_actor: nn.LSTM

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        lr_schedule: Schedule,
        observation_spec: ObservationSpec,
        scorer: ScorerSettings,
        **kwargs: Any,
    ) -> None:
        if scorer.memory < 1:
            raise UserError("A recurrent agent needs `memory` of 1 or more.")
        super().__init__(
            observation_space,
            action_space,
            lr_schedule,
            observation_spec,
            scorer,
            features_extractor_class=ContextExtractor,
            lstm_hidden_size=scorer.memory,
            shared_lstm=True,
            enable_critic_lstm=False,
            **kwargs,
        )
        # The base class builds another LSTM; the scorer's is the one that is saved with the agent.
        assert self.scorer.lstm is not None
        self.lstm_actor = self.scorer.lstm
        arguments: dict[str, Any] = {"lr": lr_schedule(1), **self.optimizer_kwargs}
        self.optimizer = self.optimizer_class(self.parameters(), **arguments)

    def _build(self, lr_schedule: Schedule) -> None:
        self.scorer = CandidateScorer(self._observation_spec, self._scorer_settings)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        parameters = super()._get_constructor_parameters()
        del parameters["features_extractor_class"]  # always ContextExtractor
        return parameters

    def _update_memory(self, obs: Any, states: Any, starts: th.Tensor) -> tuple[th.Tensor, Any]:
        return self._process_sequence(obs["context"], states, starts, self.lstm_actor)

    def _distribution(self, obs: Any, scores: th.Tensor) -> Any:
        logits = th.where(obs["available"] > 0.5, scores, MASKED_LOGIT)
        return self.action_dist.proba_distribution(action_logits=logits)

    # The signatures are those of sb3-contrib's recurrent policies, which differ from the plain ones.
    def forward(  # type: ignore[override]
        self, obs: Any, lstm_states: RNNStates, episode_starts: th.Tensor, deterministic: bool = False
    ) -> tuple[th.Tensor, th.Tensor, th.Tensor, RNNStates]:
        """Returns actions (B,), values (B, 1), log probabilities (B,) and the new states."""
        memory, states = self._update_memory(obs, lstm_states.pi, episode_starts)
        scores, values = self.scorer(obs, memory)
        distribution = self._distribution(obs, scores)
        actions = distribution.get_actions(deterministic=deterministic)
        return actions, values, distribution.log_prob(actions), RNNStates(states, states)

    def evaluate_actions(  # type: ignore[override]
        self, obs: Any, actions: th.Tensor, lstm_states: RNNStates, episode_starts: th.Tensor
    ) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """Returns values (B, 1), log probabilities (B,) and entropies (B,) of padded sequences."""
        memory, _ = self._update_memory(obs, lstm_states.pi, episode_starts)
        scores, values = self.scorer(obs, memory)
        distribution = self._distribution(obs, scores)
        return values, distribution.log_prob(actions), distribution.entropy()

    def get_distribution(  # type: ignore[override]
        self, obs: Any, lstm_states: Any, episode_starts: th.Tensor
    ) -> tuple[Any, Any]:
        """Returns the distribution over slots and the new states."""
        memory, states = self._update_memory(obs, lstm_states, episode_starts)
        return self._distribution(obs, self.scorer.scores(obs, memory)), states

    def predict_values(  # type: ignore[override]
        self, obs: Any, lstm_states: Any, episode_starts: th.Tensor
    ) -> th.Tensor:
        """Returns the values (B, 1)."""
        memory, _ = self._update_memory(obs, lstm_states, episode_starts)
        return self.scorer.values(obs, memory)
