"""Soft actor-critic's networks for points in feature space, on candidate scorers.

The environment plays the available candidate nearest to a point, so the value of a point is constant around
each candidate, and its gradient, which the actor needs, is 0 nearly everywhere. Here the actor points at
candidates that it scores; the critic values the candidate that a point plays, and its gradient is that of a
smooth choice among the candidates around the point.
"""

from typing import Any

import torch as th
from gymnasium import spaces
from stable_baselines3.common.distributions import SquashedDiagGaussianDistribution
from stable_baselines3.common.policies import BaseModel, BasePolicy, ContinuousCritic
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.sac.policies import Actor, SACPolicy
from torch import nn

from segue.agents.networks.actor_policies import MASKED_LOGIT
from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.scorer import CandidateScorer, ScorerSettings, Tensors
from segue.agents.networks.scorer_policy import ScorerPolicy

SHARPNESS = 5.0
"""Multiplies the scores before their softmax, so that a mean soon lies at one candidate and not amid all."""
NEARNESS = 1.0
"""Inverse temperature of the smooth choice, per squared distance of points: in the demo catalogue 1.6 is the
median from a candidate to the nearest of 50, and 8.7 that to any. With 0.3 an agent learned less."""
INITIAL_LOG_STD = -1.5
"""Of each coordinate: the noise reaches a neighbour now and then."""
LOG_STD_RANGE = (-5.0, 2.0)
LARGEST = 0.99
"""Size to which points shrink before the inverse of the squashing, which is infinite at 1."""


def candidate_points(observation: Tensors) -> th.Tensor:
    """Returns the points that stand for the candidates, (B, K, F) in [-1, 1]."""
    return 2.0 * observation["candidates"] - 1.0


class PointingActor(Actor):
    """A squashed Gaussian around the mean of the available candidates, weighted by the softmax of scores.

    Args:
        observation_space: The environment's.
        action_space: Box(-1, 1, (F,)).
        observation_spec: What the observations hold.
        scorer: The shape of the network.
    """

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Box,
        observation_spec: ObservationSpec,
        scorer: ScorerSettings,
    ) -> None:
        # Skips the constructor of Actor, which builds the MLP.
        BasePolicy.__init__(self, observation_space, action_space, squash_output=True)
        self.use_sde = False
        size = action_space.shape[0]
        # Stable-Baselines3 declares its type by the other branch, and ignores the error in the same way.
        self.action_dist = SquashedDiagGaussianDistribution(size)  # type: ignore[assignment]
        self.scorer = CandidateScorer(observation_spec, scorer)
        self.log_std_parameter = nn.Parameter(th.full((size,), INITIAL_LOG_STD))

    def get_action_dist_params(self, obs: Any) -> tuple[th.Tensor, th.Tensor, dict[str, th.Tensor]]:
        """Returns mean and log deviation before squashing, (B, F) each, and no more arguments."""
        logits = th.where(obs["available"] > 0.5, SHARPNESS * self.scorer.scores(obs), MASKED_LOGIT)
        shares = th.softmax(logits, dim=1)
        point = th.bmm(shares.unsqueeze(1), candidate_points(obs)).squeeze(1)
        log_std = self.log_std_parameter.clamp(*LOG_STD_RANGE).expand_as(point)
        return th.atanh(LARGEST * point), log_std, {}


class NearestCandidateCritic(ContinuousCritic):
    """Values a point by the score of the available candidate that it plays.

    The value changes in jumps; its gradient with respect to the point is that of the mean of the candidates'
    scores, weighted by a softmax of minus the squared distances ("straight through", Bengio et al. 2013).

    Args:
        observation_space: The environment's.
        action_space: Box(-1, 1, (F,)).
        observation_spec: What the observations hold.
        scorer: The shape of each network.
        n_critics: Independent networks.
    """

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Box,
        observation_spec: ObservationSpec,
        scorer: ScorerSettings,
        n_critics: int,
    ) -> None:
        # Skips the constructor of ContinuousCritic, which builds MLPs.
        BaseModel.__init__(self, observation_space, action_space)
        self._scorers = [CandidateScorer(observation_spec, scorer) for _ in range(n_critics)]
        self.scorers = nn.ModuleList(self._scorers)

    def forward(self, obs: Any, actions: th.Tensor) -> tuple[th.Tensor, ...]:
        """Values points (B, F); returns one (B, 1) per network."""
        squared = (candidate_points(obs) - actions.unsqueeze(1)).square().sum(-1)
        nearness = th.where(obs["available"] > 0.5, -NEARNESS * squared, MASKED_LOGIT)
        played = nearness.argmax(dim=1)
        if not actions.requires_grad:  # then the scores of the other candidates are not needed
            values = (scorer.outputs_at(obs, played) for scorer in self._scorers)
            return tuple(value.mean(-1, keepdim=True) for value in values)
        shares = th.softmax(nearness, dim=1)
        return tuple(_straight_through(scorer.scores(obs), shares, played) for scorer in self._scorers)


def _straight_through(scores: th.Tensor, shares: th.Tensor, played: th.Tensor) -> th.Tensor:
    """Returns the scores of the candidates played, (B, 1), with the gradient of the weighted mean."""
    smooth = (shares * scores).sum(dim=1, keepdim=True)
    return smooth + (scores.gather(1, played.unsqueeze(1)) - smooth).detach()


class PointingPolicy(ScorerPolicy, SACPolicy):
    """The actor, the critics and their targets for Stable-Baselines3's SAC."""

    action_space: spaces.Box

    def make_actor(self, features_extractor: BaseFeaturesExtractor | None = None) -> PointingActor:
        """Builds the actor."""
        spec, settings = self._observation_spec, self._scorer_settings
        return PointingActor(self.observation_space, self.action_space, spec, settings).to(self.device)

    def make_critic(self, features_extractor: BaseFeaturesExtractor | None = None) -> NearestCandidateCritic:
        """Builds the critics."""
        spec, settings = self._observation_spec, self._scorer_settings
        count: Any = self.critic_kwargs["n_critics"]
        critic = NearestCandidateCritic(self.observation_space, self.action_space, spec, settings, count)
        return critic.to(self.device)
