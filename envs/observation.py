"""What an agent sees: candidates, transitions, what is available, and a memory of the session.

The memory holds the last response, short averages (weight of the past 0.8) of responses and of the features
heard, and long averages (0.97) of features weighted by the fraction heard (liked) and not heard (disliked).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from segue.envs.compiled.steps import loop

if TYPE_CHECKING:
    from segue.envs.session import SessionState
    from segue.envs.setting import Setting


class ObservationLayout:
    """Names and places of everything in an observation.

    Args:
        setting: Gives the names of features and transition features, and the sizes.

    Attributes:
        feature_names: Names of the F columns of ``candidates``.
        transition_names: Names of the T columns of ``transitions``.
        context_names: Names of the C columns of ``context``.
    """

    def __init__(self, setting: Setting) -> None:
        self.feature_names = setting.catalog.feature_names
        self.transition_names = setting.catalog.transition_names
        self._pool_size = setting.pool_size
        self._scene = setting.scene
        wide = len(self.feature_names)
        self._blocks: dict[str, slice] = {}
        names: list[str] = []
        scalars = ("progress", "last_listened", "last_skipped", "listened_average", "skipped_average")
        for name in (*scalars, "consecutive_skips", "liked_weight", "disliked_weight"):
            self._blocks[name] = slice(len(names), len(names) + 1)
            names.append(name)
        for name in ("current", "heard_mean", "liked_mean", "disliked_mean"):
            self._blocks[name] = slice(len(names), len(names) + wide)
            names.extend(f"{name}.{feature}" for feature in self.feature_names)
        self.context_names = tuple(names)

    def context_slice(self, block: str) -> slice:
        """Gives the place of a block of the context, such as ``"progress"`` or ``"liked_mean"``."""
        return self._blocks[block]

    @cached_property
    def space(self) -> gym.spaces.Dict[Any]:
        """The observation space of one session; all float32 in [0, 1]."""
        size = self._pool_size
        shapes = {
            "candidates": (size, len(self.feature_names)),
            "transitions": (size, len(self.transition_names)),
            "available": (size,),
            "context": (len(self.context_names),),
        }
        return gym.spaces.Dict(
            {k: gym.spaces.Box(0.0, 1.0, shape, np.float32) for k, shape in shapes.items()}
        )

    def observe(self, state: SessionState) -> dict[str, NDArray[np.float32]]:
        """Writes the observation of B sessions into fresh arrays, each with a leading axis B."""
        rows = np.arange(len(state.position))
        size, transitions = self._pool_size, len(self.transition_names)
        seen = {
            "candidates": state.features.copy(),
            "transitions": np.empty((len(rows), size, transitions), np.float32),
            "available": np.empty((len(rows), size), np.float32),
            "context": np.empty((len(rows), len(self.context_names)), np.float32),
        }
        written = (seen["transitions"], seen["available"], seen["context"])
        scratch = np.empty((transitions, size), np.float32)
        loop("observe")(rows, state.arrays, self._scene, scratch, *written)
        return seen
