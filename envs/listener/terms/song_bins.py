"""Song preferences of DJ-MC: a weight for each percentile bin of each descriptor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from segue.envs.listener.percentiles import percentile_bins
from segue.envs.listener.term import Floats, Scene, Term
from segue.features.errors import UserError

if TYPE_CHECKING:
    from segue.envs.session import Sessions

#: Percentile bins of a descriptor, as published.
BINS = 10


def peaked_weights(uniforms: Floats, groups: int, peakedness: float) -> Floats:
    """Draws weights that sum to 1 within each group, w ∝ E^peakedness with exponential E.

    Args:
        uniforms: Uniform numbers (R, groups × size).
        groups: Number of groups.
        peakedness: 1 is the flat Dirichlet distribution; above 1 few weights take most of the sum.

    Returns:
        Weights (R, groups × size).
    """
    if not peakedness > 0:
        raise UserError(f"Bin weights: peakedness must be above 0, but is {peakedness}.")
    drawn = (-np.log1p(-uniforms) + 1e-12) ** peakedness
    grouped = drawn.reshape(len(uniforms), groups, -1)
    return (grouped / grouped.sum(axis=-1, keepdims=True)).reshape(uniforms.shape)


@dataclass
class SongBins(Term):
    """R_s(a) = φ_s·θ_s(a): θ_s(a) marks the percentile bin of each of the 34 descriptors of song a.

    Each listener's weights φ_s sum to 1 over the ten bins of a descriptor, as DJ-MC normalises them.

    Attributes:
        peakedness: How unequal the weights of a listener are; 1 is the flat Dirichlet distribution.

    Source:
        DJ-MC, Liebman et al. 2015, section 3. The population of weights is ours: the paper took its
        simulated listeners from playlists.
    """

    source: ClassVar[str] = "DJ-MC song reward, Liebman et al. 2015"

    peakedness: float = 1.0

    def bind(self, scene: Scene) -> None:
        """Finds the bins of every track."""
        self._bins = percentile_bins(scene.catalog.djmc_descriptors(), BINS)
        self._offsets = np.arange(self._bins.shape[1]) * BINS
        self.n_draws = self.n_hidden = self._bins.shape[1] * BINS

    def draw(self, uniforms: Floats) -> Floats:
        """Draws φ_s, ten weights for each descriptor."""
        return peaked_weights(uniforms, self._bins.shape[1], self.peakedness)

    def utility(self, sessions: Sessions, slots: NDArray[np.intp], hidden: Floats, state: Floats) -> Floats:
        """Sums the weights of each candidate's bins."""
        tracks = np.take_along_axis(sessions.pool, slots, axis=1)
        places = self._bins[tracks] + self._offsets
        weights = hidden[np.arange(len(hidden))[:, None, None], places]
        return np.ascontiguousarray(weights).sum(axis=-1)
