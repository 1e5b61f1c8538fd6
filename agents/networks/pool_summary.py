"""A fixed-size summary of an observation, for policies whose actions are points in feature space."""

from typing import Any

import torch as th
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor


class PoolSummary(BaseFeaturesExtractor):
    """The context, and the mean and standard deviation of each feature over the free candidates.

    The summary has the same size for pools of any size.

    Args:
        observation_space: The environment's.
    """

    def __init__(self, observation_space: spaces.Dict) -> None:
        context, candidates = observation_space["context"].shape, observation_space["candidates"].shape
        assert context is not None
        assert candidates is not None
        super().__init__(observation_space, features_dim=context[0] + 2 * candidates[1])

    def forward(self, obs: Any) -> th.Tensor:
        """Summarises observations, (B, C + 2 F)."""
        available = obs["available"].unsqueeze(-1)
        count = available.sum(dim=1).clamp(min=1.0)
        mean = (obs["candidates"] * available).sum(dim=1) / count
        deviation = (obs["candidates"] - mean.unsqueeze(1)).square() * available
        return th.cat([obs["context"], mean, (deviation.sum(dim=1) / count).sqrt()], dim=1)
