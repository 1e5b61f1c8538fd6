"""The one adapter from segue's vector environment to Stable-Baselines3's VecEnv."""

import time
from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn

from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.sb3.episode_statistics import EpisodeStatistics
from segue.envs import PlaylistVectorEnv
from segue.envs.reset_options import checked_options
from segue.features.arrays import AnyArray
from segue.features.errors import UserError


class PlaylistVecEnv(VecEnv):
    """A batch of sessions with the interface that Stable-Baselines3 expects.

    Infos are empty except for sessions that end, which carry `terminal_observation`,
    `TimeLimit.truncated` and `episode` as a Monitor reports it: `r` return, `l` length, `t` seconds
    since the start, `completed` tracks heard to the end, `skips`, and `utility_<term>`, the summed
    contribution of each term.

    Args:
        env: The vector environment, as `gymnasium.make_vec` returns it, with `copy=True`, because algorithms
            store an observation only after the next step.
    """

    def __init__(self, env: gym.vector.VectorEnv[Any, Any, Any]) -> None:
        if not isinstance(env, PlaylistVectorEnv):
            raise UserError(
                f"{env!r} is not a vector environment of segue; make one with gymnasium.make_vec."
            )
        if not env.copies or env.autoreset_mode != AutoresetMode.SAME_STEP:
            raise UserError(
                "Stable-Baselines3 needs a vector environment with copy=True and the autoreset SAME_STEP."
            )
        self.env = env
        super().__init__(env.num_envs, env.single_observation_space, env.single_action_space)
        self.observation_spec = ObservationSpec.from_layout(env.layout)
        self._statistics = EpisodeStatistics(env.num_envs)
        self._started = time.perf_counter()
        self._actions: AnyArray = np.zeros(env.num_envs, np.int64)

    def __repr__(self) -> str:
        return f"<PlaylistVecEnv of {self.env!r}>"

    def reset(self) -> VecEnvObs:
        """Begins all sessions, with the seeds and options given since the last reset, if any.

        The seeds are those of `seed` or `seed_each`; `set_options` takes options of the scalar environment.
        """
        given = [checked_options(options, ("start",)) for options in self._options]
        options = {"start": [each.get("start") for each in given]} if any(given) else None
        observation, _ = self.env.reset(seed=self._seeds, options=options)
        self._reset_seeds()
        self._reset_options()
        self._statistics = EpisodeStatistics(self.num_envs)
        return observation

    def seed_each(self, seeds: Sequence[int]) -> None:
        """Sets one seed per session for the next reset, where `seed` would count upwards."""
        self._seeds = list(seeds)

    def step_async(self, actions: AnyArray) -> None:
        """Stores the actions of the next step: slots, int (B,), or points, float32 (B, F)."""
        self._actions = actions

    def step_wait(self) -> VecEnvStepReturn:
        """Plays the stored actions."""
        observation, rewards, terminated, truncated, info = self.env.step(self._actions)
        result = self.env.result
        self._statistics.add(rewards, {"skipped": result.skipped, **result.utilities})
        done = terminated | truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for row in np.flatnonzero(done):
            infos[row] = {
                "terminal_observation": info["final_obs"][row],
                "TimeLimit.truncated": bool(truncated[row] and not terminated[row]),
                "episode": {**self._statistics.pop(row), "t": round(time.perf_counter() - self._started, 6)},
            }
        return observation, rewards.astype(np.float32), done, infos

    def close(self) -> None:
        """Closes the vector environment."""
        self.env.close()

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Returns the vector environment's attribute, once for each requested session."""
        return [getattr(self.env, attr_name)] * len(self._rows(indices))

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Sets an attribute of the vector environment, which all sessions share."""
        setattr(self.env, attr_name, value)

    def env_method(
        self, method_name: str, *method_args: Any, indices: VecEnvIndices = None, **method_kwargs: Any
    ) -> list[Any]:
        """Calls a method of the vector environment; row i of an array it returns belongs to session i."""
        result = getattr(self.env, method_name)(*method_args, **method_kwargs)
        return [result[row] if isinstance(result, np.ndarray) else result for row in self._rows(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: VecEnvIndices = None) -> list[bool]:
        """Returns True for Monitor, whose work this adapter does; the batch has no other wrappers."""
        return [wrapper_class is Monitor] * len(self._rows(indices))

    def _rows(self, indices: VecEnvIndices) -> Sequence[int]:
        return list(self._get_indices(indices))
