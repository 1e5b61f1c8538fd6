"""A trained soft actor-critic as an agent: it chooses a point in feature space."""

from typing import Any, Self

import numpy as np
import torch as th

from segue.agents.base import Batch
from segue.agents.continuous import ContinuousAgent, require_continuous_actions
from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.pointing_policy import PointingActor
from segue.agents.networks.scorer import ScorerSettings
from segue.agents.session_draws import session_uniforms
from segue.agents.trained.base import TrainedAgent
from segue.agents.trained.file import SavedAgent
from segue.agents.trained.network_weights import build_with_weights
from segue.features.arrays import AnyArray


class SacAgent(TrainedAgent, ContinuousAgent):
    """Chooses by a trained actor, in pools of any size.

    Args:
        name: The agent's name.
        actor: The trained actor.
        seed: Seed of its sampling.
    """

    file_format = "segue sac agent, version 4"

    def __init__(self, name: str, actor: PointingActor, *, seed: int = 0) -> None:
        super().__init__(name)
        self.actor = actor
        self.actor.set_training_mode(False)
        self.reset(seed)

    @property
    def observation_spec(self) -> ObservationSpec:
        """The names behind the axes of the agent's observations."""
        return self.actor.scorer.observation_spec

    def reset(self, seed: int) -> None:
        """Restarts the random numbers of sampling."""
        self._seed = seed

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Returns the mode of the actor's distribution, or a draw from it."""
        tensors = {key: th.tensor(value, dtype=th.float32) for key, value in observation.items()}
        tensors["available"] = th.tensor(mask, dtype=th.float32)
        with th.no_grad():
            mean, log_std, _ = self.actor.get_action_dist_params(tensors)
        point = mean.numpy()
        if not deterministic:
            from scipy.special import ndtri

            point = point + np.exp(log_std.numpy()) * ndtri(
                session_uniforms(observation, self._seed, point.shape[1])
            )
        return np.tanh(point), None

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Returns minus the distance of each candidate from the point; the nearest one is played."""
        point, _ = self.choose(observation, mask, state, None, True)
        difference = observation["candidates"][0] - (point[0] + 1.0) / 2.0
        return {"score": -np.linalg.norm(difference, axis=1)}

    def content(self) -> SavedAgent:
        """Returns the settings, the names in its observations and the weights."""
        scorer = self.actor.scorer
        record = {
            "observation_spec": scorer.observation_spec.to_dict(),
            "scorer": scorer.settings.to_dict(),
        }
        return SavedAgent(record, self.actor.state_dict())

    @classmethod
    def restore(cls, saved: SavedAgent, env: Any, seed: int) -> Self:
        """Makes the agent for an environment, whose pools may have another size; see `TrainedAgent.restore`.

        Raises:
            UserError: The environment shows other features, or its actions are not points.
            ValueError: The settings and the weights do not fit together.
        """
        require_continuous_actions(saved.name, env)
        observation_spec = ObservationSpec.from_dict(saved.record["observation_spec"])
        observation_spec.require_same(ObservationSpec.from_layout(env.unwrapped.layout), saved.name)
        settings = ScorerSettings.from_dict(saved.record["scorer"])
        if len(settings.hidden) > len(saved.weights):
            raise ValueError("there are fewer weights than layers")
        unwrapped = env.unwrapped
        space = getattr(unwrapped, "single_observation_space", unwrapped.observation_space)
        points = getattr(unwrapped, "single_action_space", unwrapped.action_space)

        def build() -> PointingActor:
            return PointingActor(space, points, observation_spec, settings)

        return cls(saved.name, build_with_weights(build, saved.weights), seed=seed)
