"""Observations: candidates, transitions into them, their availability, and statistics of the session.

The statistics are the last response, short averages (weight of the past 0.8) of responses and of the features
heard, and long averages (0.97) of features weighted by the fraction heard (liked) and not heard (disliked).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

import gymnasium as gym
import numpy as np

from segue.features.arrays import AnyArray, Float32Array
from segue.features.errors import UserError, excerpt

if TYPE_CHECKING:
    from segue.envs.core.session import Sessions
    from segue.envs.core.setting import Setting


ObservationMode = Literal["dict", "flat"]

SHORTEST, LONGEST = 30.0, 1200.0
"""Durations in s that are observed as 0 and as 1; between them the observed number is logarithmic."""


class ObservationLayout:
    """Names and positions of everything in an observation.

    A flat observation is one array: the tables `candidates`, `transitions`, `available`, `context` and, where
    they are observed, `durations` of the dictionary, each row by row, one after another; `flat_slices` says
    where each stands.

    Args:
        setting: Source of the feature names, transition feature names, durations and sizes.
        mode: `"dict"` or `"flat"`.
        durations: Whether the durations of the candidates are observed.

    Attributes:
        mode: As given.
        has_durations: Whether the durations of the candidates are observed.
        feature_names: Names of the F columns of `candidates`.
        transition_names: Names of the T columns of `transitions`.
        context_names: Names of the C columns of `context`.
    """

    def __init__(self, setting: Setting, mode: ObservationMode = "dict", durations: bool = False) -> None:
        if mode not in ("dict", "flat"):
            raise UserError(f"observation must be 'dict' or 'flat', but is {mode!r}.")
        if not isinstance(durations, bool):
            raise UserError(f"observe_durations must be true or false, but is {excerpt(repr(durations))}.")
        self.mode, self.has_durations = mode, durations
        self.feature_names = setting.catalog.feature_names
        self.transition_names = setting.catalog.transition_names
        n_features = len(self.feature_names)
        self._blocks: dict[str, slice] = {}
        names: list[str] = []
        scalars = ("progress", "last_listened", "last_skipped", "listened_average", "skipped_average")
        for name in (*scalars, "consecutive_skips", "liked_weight", "disliked_weight"):
            self._blocks[name] = slice(len(names), len(names) + 1)
            names.append(name)
        for name in ("current", "heard_mean", "liked_mean", "disliked_mean"):
            self._blocks[name] = slice(len(names), len(names) + n_features)
            names.extend(f"{name}.{feature}" for feature in self.feature_names)
        self.context_names = tuple(names)
        size = setting.pool_size
        self._shapes: dict[str, tuple[int, ...]] = {
            "candidates": (size, n_features),
            "transitions": (size, len(self.transition_names)),
            "available": (size,),
            "context": (len(names),),
        }
        if durations:
            self._shapes["durations"] = (size,)
            relative = np.log(setting.durations / SHORTEST) / np.log(LONGEST / SHORTEST)
            self._observed_durations = np.clip(relative, 0.0, 1.0).astype(np.float32)

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {shape}" for name, shape in self._shapes.items())
        return f"<ObservationLayout {self.mode!r}: {shapes}>"

    def context_slice(self, block: str) -> slice:
        """Returns the columns of a block of the context, such as `"progress"` or `"liked_mean"`."""
        return self._blocks[block]

    @cached_property
    def space(self) -> gym.Space[Any]:
        """The observation space of one session; all float32 in [0, 1]."""
        return self.space_of(self.mode)

    def space_of(self, mode: ObservationMode) -> gym.Space[Any]:
        """Returns the observation space of one session in either mode."""
        if mode == "flat":
            size = sum(math.prod(shape) for shape in self._shapes.values())
            return gym.spaces.Box(0.0, 1.0, (size,), np.float32)
        boxes = [(key, gym.spaces.Box(0.0, 1.0, shape, np.float32)) for key, shape in self._shapes.items()]
        return gym.spaces.Dict(boxes)

    def flat_slices(self) -> dict[str, slice]:
        """Returns where each table of the dictionary stands in a flat observation, row by row."""
        sizes = {key: math.prod(shape) for key, shape in self._shapes.items()}
        ends = dict(zip(sizes, accumulate(sizes.values()), strict=True))
        return {key: slice(ends[key] - size, ends[key]) for key, size in sizes.items()}

    def flatten(self, tables: Mapping[str, AnyArray]) -> Float32Array:
        """Turns the dictionary of B sessions, arrays (B, …), into flat observations (B, size)."""
        parts = [np.asarray(tables[key], np.float32) for key in self._shapes]
        return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)

    def unflatten(self, flat: AnyArray) -> dict[str, AnyArray]:
        """Turns flat observations (…, size) into the dictionary with arrays (…, shape of the table)."""
        return {
            key: flat[..., where].reshape(*flat.shape[:-1], *self._shapes[key])
            for key, where in self.flat_slices().items()
        }

    def single(self, sessions: Sessions) -> Any:
        """Returns a copy of the observation written last of a batch of one."""
        observation = {key: part[0].copy() for key, part in self._tables(sessions).items()}
        return (
            observation if self.mode == "dict" else np.concatenate([p.ravel() for p in observation.values()])
        )

    def batch(self, sessions: Sessions, copy: bool, out: Float32Array | None = None) -> Any:
        """Returns the observations written last of all sessions.

        Args:
            sessions: The batch.
            copy: Whether to copy them; otherwise the next step overwrites them.
            out: The array (B, size) to fill with flat observations that are not copied.
        """
        seen = self._tables(sessions)
        if self.mode == "flat":
            parts = [part.reshape(len(part), -1) for part in seen.values()]
            return np.concatenate(parts, axis=1, out=None if copy else out)
        return {key: part.copy() for key, part in seen.items()} if copy else seen

    def rows(self, parts: dict[str, Float32Array]) -> list[Any]:
        """Returns the observation of each session as Gymnasium keeps final ones, one object per session."""
        if self.mode == "flat":
            return list(np.concatenate([part.reshape(len(part), -1) for part in parts.values()], axis=1))
        return [dict(zip(parts, row, strict=True)) for row in zip(*parts.values(), strict=True)]

    def observe(self, sessions: Sessions) -> dict[str, Float32Array]:
        """Observes all sessions now, and returns the tables of the dictionary with a leading session axis."""
        sessions.observe()
        return {key: part.copy() for key, part in self._tables(sessions).items()}

    def _tables(self, sessions: Sessions) -> dict[str, Float32Array]:
        return {**sessions.buffers.tables, **self.durations(sessions)}

    def durations(self, sessions: Sessions) -> dict[str, Float32Array]:
        """Returns the table `durations`, (B, K), under its key; an empty dictionary if it is not observed.

        A slot without a candidate has 0.
        """
        if not self.has_durations:
            return {}
        pool = sessions.pool
        return {"durations": np.where(pool >= 0, self._observed_durations[pool], np.float32(0.0))}
