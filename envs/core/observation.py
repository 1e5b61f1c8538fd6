"""Observations: candidates, transitions into them, their availability, and statistics of the session.

The statistics are the last response, short averages (weight of the past 0.8) of responses and of the features
heard, and long averages (0.97) of features weighted by the fraction heard (liked) and not heard (disliked).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from segue.envs.compiled.context import observe_kernel
from segue.features.arrays import Float32Array, IntArray

if TYPE_CHECKING:
    from segue.envs.core.session import Sessions
    from segue.envs.core.setting import Setting


class ObservationLayout:
    """Names and positions of everything in an observation.

    Args:
        setting: Source of the feature names, transition feature names and sizes.

    Attributes:
        feature_names: Names of the F columns of `candidates`.
        transition_names: Names of the T columns of `transitions`.
        context_names: Names of the C columns of `context`.
    """

    def __init__(self, setting: Setting) -> None:
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

    def context_slice(self, block: str) -> slice:
        """Returns the columns of a block of the context, such as `"progress"` or `"liked_mean"`."""
        return self._blocks[block]

    @cached_property
    def space(self) -> gym.spaces.Dict[Any]:
        """The observation space of one session; all float32 in [0, 1]."""
        boxes = [(key, gym.spaces.Box(0.0, 1.0, shape, np.float32)) for key, shape in self._shapes.items()]
        return gym.spaces.Dict(boxes)

    def observe(self, sessions: Sessions, rows: IntArray | None = None) -> dict[str, Float32Array]:
        """Returns observations of some sessions (all by default), with a leading session axis."""
        state = sessions.state
        # NumPy copies whole rows faster than the compiled loop does.
        if rows is None:
            candidates, rows = state.features.copy(), state.all_rows
        else:
            candidates = state.features[rows]
        count, shapes = (len(rows),), self._shapes
        transitions = np.empty(count + shapes["transitions"], np.float32)
        available = np.empty(count + shapes["available"], np.float32)
        context = np.empty(count + shapes["context"], np.float32)
        observe_kernel()(rows, sessions.arrays, transitions, available, context)
        return {
            "candidates": candidates,
            "transitions": transitions,
            "available": available,
            "context": context,
        }
