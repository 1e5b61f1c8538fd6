"""Soft actor-critic for continuous actions: it points at where in feature space the next track should be."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch as th
from gymnasium import spaces
from stable_baselines3 import SAC
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.sac.policies import Actor
from torch import nn

from segue.agents.algorithms.q_learning import PoolReplayBuffer
from segue.agents.base import Batch
from segue.agents.continuous import ContinuousAgent, takes_points
from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.registry import check_settings
from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.features.arrays import AnyArray
from segue.features.errors import UserError

FORMAT = "segue agent that points, version 1"
_HIDDEN = (64, 64)
_OURS = {"self", "policy", "env", "seed", "device", "policy_kwargs", "verbose", "tensorboard_log"}


class PoolSummary(BaseFeaturesExtractor):
    """The context, and where the free candidates lie: mean and spread of each feature, in pools of any size.

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
        free = obs["available"].unsqueeze(-1)
        count = free.sum(dim=1).clamp(min=1.0)
        mean = (obs["candidates"] * free).sum(dim=1) / count
        apart = (obs["candidates"] - mean.unsqueeze(1)).square() * free
        return th.cat([obs["context"], mean, (apart.sum(dim=1) / count).sqrt()], dim=1)


class SacAgent(ContinuousAgent):
    """Chooses by a trained actor, in pools of any size.

    Args:
        name: The agent's name.
        actor: The trained actor.
        observed: What its observations hold.
        hidden: Widths of its layers.
        seed: Seed of its sampling.
    """

    def __init__(
        self,
        name: str,
        actor: Actor,
        observation_spec: ObservationSpec,
        hidden: tuple[int, ...],
        *,
        seed: int = 0,
    ) -> None:
        self.name, self.actor, self.observation_spec, self.hidden = name, actor, observation_spec, hidden
        self.actor.set_training_mode(False)
        self.curve = pd.DataFrame()
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Starts the random numbers of sampling anew."""
        self._rng = np.random.default_rng(seed)

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Points at the middle of the actor's distribution, or draws a point from it."""
        seen = {key: th.tensor(value, dtype=th.float32) for key, value in observation.items()}
        seen["available"] = th.tensor(mask, dtype=th.float32)
        with th.no_grad():
            mean, log_std, _ = self.actor.get_action_dist_params(seen)
        point = mean.numpy()
        if not deterministic:
            point = point + np.exp(log_std.numpy()) * self._rng.standard_normal(point.shape)
        return np.tanh(point), None

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Minus the distance of each candidate from the point: the nearest one is played."""
        point, _ = self.choose(observation, mask, state, None, True)
        apart = observation["candidates"][0] - (point[0] + 1.0) / 2.0
        return {"score": -np.linalg.norm(apart, axis=1)}

    def save(self, path: str | Path) -> None:
        """Writes settings, names and weights into one file; an existing file is replaced."""
        content = {
            "format": FORMAT,
            "name": self.name,
            "observation_spec": self.observation_spec.to_dict(),
            "hidden": list(self.hidden),
            "weights": self.actor.state_dict(),
        }
        th.save(content, Path(path))

    @classmethod
    def restore(cls, content: dict[str, Any], env: Any, seed: int) -> "SacAgent":
        """Undoes `save` for an environment, whose pools may have another size.

        Raises:
            UserError: The environment shows other features, or its actions are no points.
        """
        _require_points(content["name"], env)
        observation_spec = ObservationSpec.from_dict(content["observation_spec"])
        observation_spec.require_same(ObservationSpec.from_layout(env.unwrapped.layout), content["name"])
        unwrapped = env.unwrapped
        space = getattr(unwrapped, "single_observation_space", unwrapped.observation_space)
        summary, hidden = PoolSummary(space), tuple(content["hidden"])
        points = getattr(unwrapped, "single_action_space", unwrapped.action_space)
        actor = Actor(space, points, list(hidden), summary, summary.features_dim, nn.ReLU)
        actor.load_state_dict(content["weights"])
        return cls(content["name"], actor, observation_spec, hidden, seed=seed)


class SacFactory:
    """Factory of soft actor-critic (Haarnoja et al. 2018) around the pool's summary."""

    name = "sac"

    @property
    def setting_defaults(self) -> dict[str, Any]:
        """All settings with their defaults: the algorithm's, and `hidden`, the widths of the layers."""
        parameters = inspect.signature(SAC.__init__).parameters
        own = {name: p.default for name, p in parameters.items() if name not in _OURS and name[0] != "_"}
        return {**own, "hidden": list(_HIDDEN)}

    @property
    def setting_names(self) -> list[str]:
        """Names of all settings."""
        return list(self.setting_defaults)

    def __call__(self, env: PlaylistVecEnv, seed: int, **settings: Any) -> SAC:
        """Builds the untrained algorithm; see `ScorerAlgorithm`."""
        check_settings(self.name, settings, self.setting_names)
        _require_points(self.name, env.env)
        hidden = settings.pop("hidden", list(_HIDDEN))
        policy = {"features_extractor_class": PoolSummary, "net_arch": list(hidden)}
        settings = {"replay_buffer_class": PoolReplayBuffer, **settings}
        try:
            return SAC("MultiInputPolicy", env, seed=seed, device="cpu", policy_kwargs=policy, **settings)
        except (TypeError, ValueError, AssertionError) as error:
            raise UserError(f"Agent {self.name!r} cannot be built from its settings: {error}") from error


def _require_points(name: str, env: Any) -> None:
    if not takes_points(env):
        raise UserError(
            f"Agent {name!r} points into feature space: give it an environment with action='continuous', "
            "such as segue/PlaylistContinuous-v0."
        )


def agent_of(name: str, model: SAC, observation_spec: ObservationSpec, seed: int) -> SacAgent:
    """Takes the agent out of a trained model."""
    return SacAgent(name, model.actor, observation_spec, tuple(model.actor.net_arch), seed=seed)


sac = SacFactory()
