"""The pool interface, and pools drawn uniformly from the tracks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from segue.envs.compiled.draws.sample import samples
from segue.features.arrays import FloatArray, IntArray
from segue.features.errors import UserError

if TYPE_CHECKING:
    from segue.features import Catalog


class Pool(Protocol):
    """Draws candidates from uniform numbers.

    Attributes:
        n_draws: Uniform numbers needed per session.
    """

    n_draws: int

    def draw(self, uniforms: FloatArray) -> tuple[IntArray, IntArray]:
        """Turns uniforms (R, n_draws) into pools (R, K) and start tracks (R,), both catalogue indices."""
        ...


def distinct_recordings(catalog: Catalog, tracks: IntArray) -> IntArray:
    """Returns the first track of every recording, so that a pool never holds a recording twice."""
    _, first = np.unique(catalog.recording_codes[tracks], return_index=True)
    return tracks[np.sort(first)]


def of_sound_types(catalog: Catalog, tracks: IntArray, sound_types: Sequence[str]) -> IntArray:
    """Returns the tracks of these sound types, and those whose type is unknown."""
    if "sound_type" not in catalog.tracks:
        return tracks
    types = catalog.tracks["sound_type"].to_numpy()[tracks]
    return tracks[np.isin(types, [*sound_types, ""])]


def check_enough(available: int, size: int, remedy: str = "use a larger catalogue") -> None:
    """Checks that there are enough tracks for K candidates and a start track.

    Args:
        available: Distinct tracks to draw from.
        size: Candidates K.
        remedy: How to get more of them, for the error message.

    Raises:
        UserError: If there are fewer than K + 1.
    """
    if available < size + 1:
        fix = f"set pool_size={available - 1} or less" if available > 1 else remedy
        raise UserError(
            f"A pool of {size} candidates and a start track need {size + 1} distinct tracks, but only "
            f"{available} are available; {fix}."
        )


class UniformPool:
    """K candidates and a start track, all distinct, uniform over the given tracks and in random order.

    The start does not depend on K, and a smaller pool is the beginning of a larger one.

    Args:
        tracks: Catalogue indices to draw from, (n,).
        size: Candidates K.

    Attributes:
        tracks: The catalogue indices, (n,).

    Raises:
        UserError: If there are fewer than K + 1 tracks.
    """

    def __init__(self, tracks: Sequence[int] | IntArray, size: int) -> None:
        self.tracks = np.asarray(tracks, dtype=np.intp)
        check_enough(len(self.tracks), size)
        self._size = size
        self.n_draws = size + 1

    def __repr__(self) -> str:
        return f"<UniformPool: {self._size} of {len(self.tracks)} tracks>"

    def draw(self, uniforms: FloatArray) -> tuple[IntArray, IntArray]:
        """Draws pools (R, K) and start tracks (R,)."""
        chosen = self.tracks[samples(uniforms, len(self.tracks), self._size + 1)]
        return chosen[:, 1:], chosen[:, 0]
