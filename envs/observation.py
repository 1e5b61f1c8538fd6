"""What an agent sees: candidates, transitions, what is available, and a memory of the session."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from segue.envs.session import SessionState
    from segue.features import Catalog

#: Weight of the past in the short averages (responses, tracks heard) and in the long ones (liked, disliked).
SHORT_DECAY = 0.8
LONG_DECAY = 0.97

Floats = NDArray[np.float64]


@dataclass
class Memory:
    """Decayed averages of a session, one row a session, all in [0, 1].

    Attributes:
        last_listened: Heard fraction of the last play, (B,).
        last_skipped: 1 if the last play was skipped, (B,).
        listened_average: Short average of heard fractions, (B,).
        skipped_average: Short average of skips, (B,).
        current: Features of the track heard last, (B, F).
        heard_mean: Short average of features heard, (B, F).
        liked_mean: Long average of features weighted by the heard fraction, (B, F).
        liked_weight: Its total weight w, shown as w / (w + 2), (B,).
        disliked_mean: Long average of features weighted by the fraction not heard, (B, F).
        disliked_weight: Its total weight, (B,).
    """

    last_listened: Floats
    last_skipped: Floats
    listened_average: Floats
    skipped_average: Floats
    current: Floats
    heard_mean: Floats
    liked_mean: Floats
    liked_weight: Floats
    disliked_mean: Floats
    disliked_weight: Floats

    @classmethod
    def empty(cls, batch: int, features: int) -> Memory:
        """Makes the memory of B sessions that have not begun."""
        wide = {"current", "heard_mean", "liked_mean", "disliked_mean"}
        shapes = {f.name: (batch, features) if f.name in wide else (batch,) for f in dataclasses.fields(cls)}
        return cls(**{name: np.zeros(shape) for name, shape in shapes.items()})

    def take(self, rows: NDArray[np.intp]) -> Memory:
        """Copies some rows."""
        return Memory(**{f.name: getattr(self, f.name)[rows] for f in dataclasses.fields(self)})

    def begin(self, rows: NDArray[np.intp], start: NDArray[np.float32]) -> None:
        """Forgets everything in some rows, whose sessions start after tracks with features (R, F)."""
        for name in ("last_skipped", "skipped_average", "liked_weight", "disliked_weight"):
            getattr(self, name)[rows] = 0.0
        for name in ("last_listened", "listened_average"):
            getattr(self, name)[rows] = 1.0
        for name in ("liked_mean", "disliked_mean"):
            getattr(self, name)[rows] = 0.5
        self.current[rows] = start
        self.heard_mean[rows] = start

    def update(self, features: NDArray[np.float32], listened: Floats, skipped: NDArray[np.bool_]) -> None:
        """Takes in one play of every session: features (B, F), heard fraction (B,), skipped (B,)."""
        self.last_listened[:] = listened
        self.last_skipped[:] = skipped
        self.listened_average += (1.0 - SHORT_DECAY) * (listened - self.listened_average)
        self.skipped_average += (1.0 - SHORT_DECAY) * (skipped - self.skipped_average)
        self.current[:] = features
        self.heard_mean += (1.0 - SHORT_DECAY) * (features - self.heard_mean)
        for mean, weight, share in (
            (self.liked_mean, self.liked_weight, listened),
            (self.disliked_mean, self.disliked_weight, 1.0 - listened),
        ):
            weight[:] = LONG_DECAY * weight + share
            step = np.divide(share, weight, out=np.zeros_like(weight), where=weight > 0)
            mean += step[:, None] * (features - mean)


class ObservationLayout:
    """Names and places of everything in an observation.

    Args:
        catalog: Gives the names of features and transition features.
        pool_size: Candidates K.
        length: Longest playlist L.

    Attributes:
        feature_names: Names of the F columns of ``candidates``.
        transition_names: Names of the T columns of ``transitions``.
        context_names: Names of the C columns of ``context``.
    """

    def __init__(self, catalog: Catalog, pool_size: int, length: int) -> None:
        self.feature_names = catalog.feature_names
        self.transition_names = catalog.transition_names
        self._pool_size, self._length = pool_size, length
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
        memory = state.memory
        context = np.empty((len(state.position), len(self.context_names)), np.float32)
        context[:, 0] = state.position / self._length
        context[:, 1] = memory.last_listened
        context[:, 2] = memory.last_skipped
        context[:, 3] = memory.listened_average
        context[:, 4] = memory.skipped_average
        context[:, 5] = np.minimum(state.skips, 5) / 5.0
        context[:, 6] = memory.liked_weight / (memory.liked_weight + 2.0)
        context[:, 7] = memory.disliked_weight / (memory.disliked_weight + 2.0)
        for name in ("current", "heard_mean", "liked_mean", "disliked_mean"):
            context[:, self._blocks[name]] = getattr(memory, name)
        return {
            "candidates": state.features.copy(),
            "transitions": state.transitions.copy(),
            "available": state.available.astype(np.float32),
            "context": np.clip(context, 0.0, 1.0, out=context),
        }
