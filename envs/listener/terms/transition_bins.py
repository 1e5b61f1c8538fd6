"""Transition preferences of DJ-MC: one weight per pair of percentile bins of each descriptor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from segue.envs.listener.percentiles import percentile_bins
from segue.envs.listener.term import Term, TermContext
from segue.envs.listener.terms.song_bins import BINS, peaked_weights
from segue.envs.listener.view import SessionsView
from segue.features.arrays import FloatArray, IntArray


@dataclass
class TransitionBins(Term):
    """R_t = Σ_{i=1..k−1} i⁻² φ_t·θ_t(a_{k−i}, a_k), over the songs played so far.

    θ_t(a, b) marks, for each of the 34 descriptors, the pair of percentile bins of a and b. Each listener's
    weights φ_t sum to 1 over the hundred pairs of a descriptor. The start track does not count as a song
    played, so the first song has no transition.

    Attributes:
        peakedness: Inequality of the weights of a listener; 1 is the flat Dirichlet distribution, under which
            the hundred weights of a descriptor are so similar that order would hardly matter.

    Source:
        DJ-MC, Liebman et al. 2015, section 3. The population of weights is ours.
    """

    source: ClassVar[str] = "DJ-MC transition reward, Liebman et al. 2015"

    peakedness: float = 3.0

    def bind(self, context: TermContext) -> None:
        """Finds the bins of every track."""
        catalog = context.catalog
        self._bins = percentile_bins(catalog.djmc_descriptors(), BINS, catalog.djmc_corpus())
        self._descriptors = np.arange(self._bins.shape[1])
        self.n_draws = self.n_hidden = self._bins.shape[1] * BINS * BINS

    def draw(self, uniforms: FloatArray) -> FloatArray:
        """Draws φ_t, a hundred weights per descriptor."""
        return peaked_weights(uniforms, self._bins.shape[1], self.peakedness)

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes R_t of each candidate.

        For many candidates the weights of the past are first summed into a table over the bins of the
        next song, so that the cost does not grow with candidates × past. Both branches add the same
        numbers in the same order.
        """
        weights = hidden.reshape(len(hidden), len(self._descriptors), BINS, BINS)
        rows = np.arange(len(hidden))
        upcoming = self._bins[np.take_along_axis(sessions.pool, slots, axis=1)]
        many = slots.shape[1] > BINS
        shape = (len(hidden), len(self._descriptors), BINS) if many else upcoming.shape
        total = np.zeros(shape)
        for back in range(1, int(sessions.position.max(initial=0)) + 1):
            at = sessions.position + 1 - back
            past = self._bins[sessions.history[rows, np.maximum(at, 0)]]
            factor = np.where(at >= 1, 1.0 / back**2, 0.0)[:, None, None]
            if many:
                total += factor * weights[rows[:, None], self._descriptors, past]
            else:
                total += factor * weights[rows[:, None, None], self._descriptors, past[:, None], upcoming]
        if many:
            total = total[rows[:, None, None], self._descriptors, upcoming]
        return np.ascontiguousarray(total).sum(axis=-1)
