"""Sessions whose observations include the inputs of a scorer that depend on the session so far."""

from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnvWrapper
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from segue.agents.networks.scorer import ScorerSettings
from segue.agents.networks.session_inputs import SessionInputs, extended_space
from segue.agents.sb3.mixed_vec_env import MixedVecEnv
from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.features.arrays import AnyArray


class SessionInputsVecEnv(VecEnvWrapper):
    """Adds `SessionInputs` to the observations, those of sessions that end among them.

    Args:
        env: The sessions; their actions are slots.
        settings: Those of the scorer.
    """

    def __init__(self, env: PlaylistVecEnv | MixedVecEnv, settings: ScorerSettings) -> None:
        space = env.observation_space
        assert isinstance(space, spaces.Dict)
        super().__init__(env, extended_space(space, env.observation_spec, settings))
        (pool,) = space["available"].shape or (0,)
        self._initial = SessionInputs.initial(env.num_envs, pool, env.observation_spec, settings)
        self._inputs = self._initial
        self._observation: dict[str, AnyArray] = {}

    def reset(self) -> dict[str, AnyArray]:
        """Begins all sessions."""
        self._inputs = self._initial
        return self._extended(self.venv.reset(), None)

    def step_async(self, actions: AnyArray) -> None:
        """Stores the slots of the next step, int (B,)."""
        self._inputs = self._inputs.record_action(self._observation, actions)
        self.venv.step_async(actions)

    def step_wait(self) -> VecEnvStepReturn:
        """Plays the stored actions."""
        observation, rewards, done, infos = self.venv.step_wait()
        self._extend_last_observations(infos, np.flatnonzero(done))
        return self._extended(observation, done), rewards, done, infos

    def _extended(self, observation: Any, starts: AnyArray | None) -> dict[str, AnyArray]:
        self._observation = observation
        self._inputs = self._inputs.update(observation, starts)
        return self._inputs.extend(observation)

    def _extend_last_observations(self, infos: list[dict[str, Any]], ended: AnyArray) -> None:
        """Adds the inputs to the last observations of the sessions that ended."""
        if not ended.size:
            return
        each = [infos[row]["terminal_observation"] for row in ended]
        batch = {key: np.stack([observation[key] for observation in each]) for key in each[0]}
        extended = self._inputs.rows(ended).update(batch).extend(batch)
        for index, row in enumerate(ended):
            infos[row]["terminal_observation"] = {key: part[index] for key, part in extended.items()}
