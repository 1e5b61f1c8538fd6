"""Song preferences of DJ-MC: one weight per percentile bin of each descriptor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.listener.percentiles import percentile_bins
from segue.envs.listener.term import CompiledTerm, Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.features.arrays import Float32Array, FloatArray, IntArray
from segue.features.errors import UserError

BINS = 10
"""Percentile bins of a descriptor, as published."""


DESCRIPTORS, TRACKS, MEMBERS, CLUSTERS, LIKED = range(5)
"""Indices into the constants of the kernels: how many descriptors, tracks, members of clusters, and so on."""


@njit(error_model="numpy")
def _utility(
    term: Any,
    state: StateArrays,
    shared: SharedArrays,
    slots: IntArray,
    out: FloatArray,
    start: int,
    stop: int,
) -> None:
    """Sums the weights of each candidate's bins."""
    pool, hidden, tables = state.pool, state.hidden, shared.tables
    descriptors = int(term.constants[DESCRIPTORS])
    for b in range(start, stop):
        for m in range(slots.shape[1]):
            bins, total = term.table + descriptors * max(pool[b, slots[b, m]], 0), 0.0
            for d in range(descriptors):
                total += hidden[b, term.hidden + BINS * d + int(tables[bins + d])]
            out[b, m] = total


@njit(error_model="numpy")
def _begin(term: Any, state: StateArrays, shared: SharedArrays, b: int, uniforms: FloatArray) -> None:
    """Draws the liked songs from one cluster and counts their bins."""
    hidden, tables, c, first = state.hidden, shared.tables, term.constants, term.hidden
    descriptors, liked = int(c[DESCRIPTORS]), int(c[LIKED])
    members = term.table + descriptors * int(c[TRACKS])
    starts = members + int(c[MEMBERS]) + int(uniforms[0] * c[CLUSTERS])
    start, count = int(tables[starts]), tables[starts + 1] - tables[starts]
    for column in range(descriptors * BINS):
        hidden[b, first + column] = 1.0
    for song in range(liked):
        track = int(tables[members + start + int(uniforms[1 + song] * count)])
        for d in range(descriptors):
            hidden[b, first + BINS * d + int(tables[term.table + descriptors * track + d])] += 1.0
    for column in range(descriptors * BINS):
        hidden[b, first + column] /= liked + BINS


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
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(
        _utility, begin=_begin, constants=("descriptors", "tracks", "members", "drawn_clusters", "liked")
    )

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
        codes = context.clusters(self.clusters, needed_by="term song_bins")[corpus]
        order = np.argsort(codes, kind="stable")
        self._members = corpus[order]
        self._starts = np.append(np.unique(codes[order], return_index=True)[1], len(codes))
        self.tracks, self.descriptors = self._bins.shape
        self.members, self.drawn_clusters = len(codes), len(self._starts) - 1
        self.n_draws = 1 + self.liked
        self.n_hidden = self._bins.shape[1] * BINS

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Sums the weights of each candidate's bins."""
        tracks = np.take_along_axis(sessions.pool, slots, axis=1)
        columns = self._bins[tracks] + self._offsets
        weights = hidden[np.arange(len(hidden))[:, None, None], columns]
        return np.ascontiguousarray(weights).sum(axis=-1)

    def table(self) -> Float32Array:
        """Returns the bins of every track, the tracks by cluster, and where each cluster begins and ends."""
        return np.concatenate([self._bins.ravel(), self._members, self._starts]).astype(np.float32)
