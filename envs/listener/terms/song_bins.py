"""Song preferences of DJ-MC: one weight per percentile bin of each descriptor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from segue.envs.listener.percentiles import percentile_bins
from segue.envs.listener.term import Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.features.arrays import FloatArray, IntArray
from segue.features.errors import UserError

BINS = 10
"""Percentile bins of a descriptor, as published."""


def peaked_weights(uniforms: FloatArray, groups: int, peakedness: float) -> FloatArray:
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

    A listener likes z songs, all from one cluster of the corpus. As in the initialisation of DJ-MC's model, a
    weight is (1 + liked songs in the bin) / (z + 10), so that the ten weights of a descriptor sum to 1.

    Attributes:
        liked: Number of liked songs z, at least 1.
        clusters: Number of clusters of the corpus; the liked songs come from one of them.

    Source:
        DJ-MC, Liebman et al. 2015, section 3. The paper took the liked songs of its simulated listeners from
        playlists; drawing them from a cluster is ours.
    """

    source: ClassVar[str] = "DJ-MC song reward, Liebman et al. 2015"

    liked: int = 20
    clusters: int = 10

    def bind(self, context: TermContext) -> None:
        """Finds the bins and the cluster of every track."""
        if self.liked < 1:
            raise UserError(f"Term song_bins: liked must be 1 or more, but is {self.liked}.")
        catalog = context.catalog
        self._bins = percentile_bins(catalog.djmc_descriptors(), BINS, catalog.djmc_corpus())
        self._offsets = np.arange(self._bins.shape[1]) * BINS
        corpus = np.arange(len(catalog)) if catalog.fit_rows is None else catalog.fit_rows
        codes = catalog.clusters(self.clusters, 0)[corpus]
        self._members = [corpus[codes == code] for code in np.unique(codes)]
        self.n_draws = 1 + self.liked
        self.n_hidden = self._bins.shape[1] * BINS

    def draw(self, uniforms: FloatArray) -> FloatArray:
        """Draws the liked songs and counts their bins."""
        weights = np.full((len(uniforms), self.n_hidden), 1.0)
        clusters = (uniforms[:, 0] * len(self._members)).astype(np.intp)
        for row, cluster in enumerate(clusters):
            members = self._members[cluster]
            songs = members[(uniforms[row, 1:] * len(members)).astype(np.intp)]
            np.add.at(weights[row], self._bins[songs] + self._offsets, 1.0)
        return weights / (self.liked + BINS)

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Sums the weights of each candidate's bins."""
        tracks = np.take_along_axis(sessions.pool, slots, axis=1)
        columns = self._bins[tracks] + self._offsets
        weights = hidden[np.arange(len(hidden))[:, None, None], columns]
        return np.ascontiguousarray(weights).sum(axis=-1)
