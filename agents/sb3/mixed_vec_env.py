"""Two batches of sessions as one, so that every algorithm trains on both at once."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn

from segue.agents.sb3.vec_env import PlaylistVecEnv
from segue.features.arrays import AnyArray


class MixedVecEnv(VecEnv):
    """The sessions of an environment, followed by those with other tracks.

    Both are stepped together. The infos of the sessions with other tracks have no `episode`, so that learning
    curves and callbacks describe the environment itself.

    Args:
        own: Sessions of the environment.
        other: The sessions with other tracks, with the same observations and actions.

    Attributes:
        env: The vector environment of `own`.
        observation_spec: What the observations of both hold.
        parts: `own` and `other`.
    """

    def __init__(self, own: PlaylistVecEnv, other: PlaylistVecEnv) -> None:
        self.parts = (own, other)
        self.env, self.observation_spec = own.env, own.observation_spec
        sizes = (own.num_envs, other.num_envs)
        super().__init__(sum(sizes), own.observation_space, own.action_space)
        self._rows_of_parts = (slice(0, sizes[0]), slice(sizes[0], sum(sizes)))

    def __repr__(self) -> str:
        return f"<MixedVecEnv of {self.parts[0]!r} and {self.parts[1]!r}>"

    def seed_each(self, seeds: Sequence[int]) -> None:
        """Sets one seed per session for the next reset, where `seed` would count upwards."""
        self._seeds = list(seeds)

    def reset(self) -> VecEnvObs:
        """Begins all sessions, with the seeds and options given since the last reset, if any."""
        for part, rows in zip(self.parts, self._rows_of_parts, strict=True):
            part._seeds, part._options = self._seeds[rows], self._options[rows]
        self._reset_seeds()
        self._reset_options()
        return _joined([part.reset() for part in self.parts])

    def step_async(self, actions: AnyArray) -> None:
        """Stores the actions of the next step."""
        for part, rows in zip(self.parts, self._rows_of_parts, strict=True):
            part.step_async(actions[rows])

    def step_wait(self) -> VecEnvStepReturn:
        """Plays the stored actions."""
        own, other = (part.step_wait() for part in self.parts)
        for info in other[3]:
            info.pop("episode", None)
        rewards, done = (np.concatenate([own[k], other[k]]) for k in (1, 2))
        return _joined([own[0], other[0]]), rewards, done, [*own[3], *other[3]]

    def close(self) -> None:
        """Closes both vector environments."""
        for part in self.parts:
            part.close()

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Returns the attribute of the vector environment of each requested session."""
        return self._of_sessions(lambda part: part.get_attr(attr_name), indices)

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Sets an attribute of both vector environments."""
        for part in self.parts:
            part.set_attr(attr_name, value)

    def env_method(
        self, method_name: str, *method_args: Any, indices: VecEnvIndices = None, **method_kwargs: Any
    ) -> list[Any]:
        """Calls a method of both vector environments; see `PlaylistVecEnv.env_method`."""
        return self._of_sessions(
            lambda part: part.env_method(method_name, *method_args, **method_kwargs), indices
        )

    def env_is_wrapped(self, wrapper_class: Any, indices: VecEnvIndices = None) -> list[bool]:
        """Returns True for Monitor, as `PlaylistVecEnv` does."""
        return self._of_sessions(lambda part: part.env_is_wrapped(wrapper_class), indices)

    def _of_sessions(
        self, values_of: Callable[[PlaylistVecEnv], list[Any]], indices: VecEnvIndices
    ) -> list[Any]:
        """Returns one value for each requested session from those of both parts."""
        values = [value for part in self.parts for value in values_of(part)]
        return [values[row] for row in self._get_indices(indices)]


def _joined(observations: Sequence[Any]) -> Any:
    """Joins observations, dictionaries of arrays or arrays, along the axis of sessions."""
    if isinstance(observations[0], dict):
        return {key: np.concatenate([each[key] for each in observations]) for key in observations[0]}
    return np.concatenate(observations)
