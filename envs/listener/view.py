"""The view of a batch of sessions that terms and rewards read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from segue.features.arrays import BoolArray, Float32Array, FloatArray, Int32Array, Int64Array, IntArray


class SessionsView(Protocol):
    """The part of `Sessions` that a term or a reward may read; B sessions, K candidates, up to L tracks."""

    @property
    def pool(self) -> Int32Array:
        """Catalogue index of each candidate, (B, K)."""
        ...

    @property
    def position(self) -> Int64Array:
        """Tracks played so far, (B,)."""
        ...

    @property
    def history(self) -> Int32Array:
        """Catalogue indices of the tracks heard, the start track first, (B, L + 1)."""
        ...

    @property
    def terms(self) -> Mapping[str, object]:
        """The listener's terms by name."""
        ...

    def features(self, slots: IntArray) -> Float32Array:
        """Returns features of some candidates, (B, M, F) for slots (B, M)."""
        ...

    def boundary_features(self, slots: IntArray) -> Float32Array:
        """Returns boundary features of some candidates, (B, M, P) for slots (B, M)."""
        ...

    def earlier(self, steps_back: int) -> tuple[Float32Array, BoolArray]:
        """Returns boundary features (B, P) of the track `steps_back` plays ago, and if it exists, (B,)."""
        ...

    def state_of(self, term: str) -> FloatArray:
        """Returns a view of one term's state, (B, n_state)."""
        ...
