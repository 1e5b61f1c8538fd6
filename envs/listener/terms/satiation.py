"""Satiation: repeated plays of a group lower its utility until it has rested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.compiled.draws.noise import normal_noise
from segue.envs.listener.term import CompiledTerm, Play, Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.features.arrays import AnyArray, FloatArray, Int32Array, IntArray
from segue.features.errors import UserError

NOISE, LOW, HIGH, WEAK, STRONG, CLUSTERS = range(6)
"""Indices into the constants of the kernels."""


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
    """Writes −λ s for the group of each candidate."""
    hidden, term_state, groups, g = state.hidden, state.term_state, state.groups, term.grouping
    strength, stock, by_cluster = term.hidden + 1, term.state, term.constants[CLUSTERS] > 0.0
    for b in range(start, stop):
        for m in range(slots.shape[1]):
            place = max(groups[b, g, slots[b, m]], 0) if by_cluster else slots[b, m]
            out[b, m] = -hidden[b, strength] * term_state[b, stock + place]


@njit(error_model="numpy")
def _update(
    term: Any,
    state: StateArrays,
    shared: SharedArrays,
    slots: IntArray,
    outcome: AnyArray,
    start: int,
    stop: int,
) -> None:
    """Adds the play to the stock of its group, then lets all stocks decay."""
    hidden, term_state, groups = state.hidden, state.term_state, state.groups
    g, stock, noise, keys = term.grouping, term.state, term.constants[NOISE], state.key
    clusters = int(term.constants[CLUSTERS])
    places = clusters if clusters > 0 else groups.shape[2]
    for b in range(start, stop):
        played = groups[b, g, slots[b, 0]] if outcome[b].heard else -2
        retention, amount, shock = hidden[b, term.hidden], outcome[b].amount, 0.0
        if noise > 0.0:
            shock = noise * normal_noise(term, shared, keys[b], outcome[b].position)
        for place in range(places):
            group, stored = place if clusters > 0 else groups[b, g, place], term_state[b, stock + place]
            if group == played:
                term_state[b, stock + place] = max(retention * (stored + amount) + shock, 0.0)
            else:
                term_state[b, stock + place] = retention * stored


@njit(error_model="numpy")
def _begin(term: Any, state: StateArrays, shared: SharedArrays, b: int, uniforms: FloatArray) -> None:
    """Draws γ and λ uniformly between their bounds."""
    c = term.constants
    state.hidden[b, term.hidden] = c[LOW] + (c[HIGH] - c[LOW]) * uniforms[0]
    state.hidden[b, term.hidden + 1] = c[WEAK] + (c[STRONG] - c[WEAK]) * uniforms[1]


@dataclass
class Satiation(Term):
    """Stock of recent plays of a group of tracks, s ← max(γ(s + m) + noise, 0), with utility −λ s.

    m is the amount of the play (by default the fraction heard) for the group that was played, and 0 for the
    others.

    Attributes:
        by: Groups that satiate: `"cluster"` (k-means on the features) or `"artist"`. Every track of unknown
            artist forms a separate group.
        clusters: Number of clusters.
        retention: Smallest and largest γ of the population, in [0, 1): the share of the stock kept per play.
        strength: Smallest and largest λ of the population, at least 0.
        noise: Standard deviation of the noise on the played group's stock.

    Source:
        Rebounding bandits (Leqi et al. 2021), equation of the satiation dynamics. Ours are the amount of a
        play in place of 1, noise only on the played group, and the floor at 0: noise never turns satiation
        into appeal.
    """

    normal_noise: ClassVar[bool] = True
    source: ClassVar[str] = "rebounding bandits, Leqi et al. 2021"
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(
        _utility,
        _update,
        _begin,
        ("noise", "lowest_retention", "highest_retention", "lowest_strength", "highest_strength", "stocks"),
    )

    by: Literal["cluster", "artist"] = "cluster"
    clusters: int = 8
    retention: tuple[float, float] = (0.7, 0.9)
    strength: tuple[float, float] = (0.5, 1.0)
    noise: float = 0.0

    def bind(self, context: TermContext) -> None:
        """Finds the group of every track."""
        if not 0 <= self.retention[0] <= self.retention[1] < 1:
            raise UserError(f"Term satiation: retention must lie in [0, 1), but is {tuple(self.retention)}.")
        if self.by not in ("cluster", "artist"):
            raise UserError(f"Term satiation: by must be 'cluster' or 'artist', but is {self.by!r}.")
        self.lowest_retention, self.highest_retention = self.retention
        self.lowest_strength, self.highest_strength = self.strength
        if not 0 <= self.strength[0] <= self.strength[1]:
            raise UserError(
                f"Term satiation: strength must be 0 or more and rising, but is {tuple(self.strength)}."
            )
        if self.noise < 0:
            raise UserError(f"Term satiation: noise must be 0 or more, but is {self.noise}.")
        self.groups = self._groups_of(context)
        self.n_draws = self.n_hidden = 2
        self.n_noise = int(self.noise > 0)
        # There are few clusters, but any number of artists, so that for these each candidate has a stock.
        self.stocks = self.clusters if self.by == "cluster" else 0
        self.n_state = self.stocks or context.pool_size

    def _groups_of(self, context: TermContext) -> Int32Array:
        if self.by == "cluster":
            return context.clusters(self.clusters, needed_by="term satiation")
        codes = context.catalog.artist_codes.copy()
        unknown = np.flatnonzero(codes < 0)
        codes[unknown] = codes.max() + 1 + np.arange(len(unknown))
        return codes

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes −λ s for the group of each candidate."""
        return -hidden[:, 1:2] * np.take_along_axis(state, self._places(sessions, slots), axis=1)

    def _places(self, sessions: SessionsView, slots: IntArray) -> IntArray | Int32Array:
        """Returns where the stock of each candidate stands in the state, (B, M)."""
        return self.groups[np.take_along_axis(sessions.pool, slots, axis=1)] if self.stocks else slots

    def update(self, sessions: SessionsView, play: Play, hidden: FloatArray, state: FloatArray) -> None:
        """Adds the play to the stock of its group, then lets all stocks decay."""
        played = self.groups[np.take_along_axis(sessions.pool, play.slots[:, None], axis=1)]
        groups = np.arange(self.stocks) if self.stocks else self.groups[sessions.pool]
        same = (groups == played) & play.heard[:, None]
        state[:] = hidden[:, 0:1] * (state + same * play.amount[:, None])
        if self.n_noise:
            state += same * (self.noise * play.noise)
            np.maximum(state, 0.0, out=state)

    def grouping(self) -> Int32Array:
        """Returns the group of every track, (n,)."""
        return self.groups
