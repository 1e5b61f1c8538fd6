"""Boredom: repetition pleases at first, then bores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.compiled.draws.noise import uniform_noise
from segue.envs.listener.term import CompiledTerm, Play, Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.features.arrays import AnyArray, FloatArray, Int32Array, IntArray
from segue.features.errors import UserError

SENSITISED_RETENTION, BORED_RETENTION, PLEASURE, DISLIKE, ONSET, RECOVERY, CLUSTERS = range(7)
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
    """Writes pleasure·s while sensitised, −dislike·s while bored."""
    term_state, groups, g = state.term_state, state.groups, term.grouping
    chain, stock = term.state, term.state + 1
    for b in range(start, stop):
        bored = term_state[b, chain] > 0.0
        factor = -term.constants[DISLIKE] if bored else term.constants[PLEASURE]
        for m in range(slots.shape[1]):
            out[b, m] = factor * term_state[b, stock + max(groups[b, g, slots[b, m]], 0)]


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
    """Moves the chain, then adds the play to the stock of its cluster and lets all stocks decay."""
    term_state, groups, keys = state.term_state, state.groups, state.key
    c, g, chain, stock = term.constants, term.grouping, term.state, term.state + 1
    for b in range(start, stop):
        amount = outcome[b].amount
        played = max(groups[b, g, slots[b, 0]], 0)
        played_stock, bored = term_state[b, stock + played], term_state[b, chain] > 0.0
        switch = c[RECOVERY] * np.exp(-played_stock) if bored else -np.expm1(-c[ONSET] * played_stock)
        if uniform_noise(term, shared, keys[b], outcome[b].position) < amount * switch:
            bored = not bored
        retention = c[BORED_RETENTION] if bored else c[SENSITISED_RETENTION]
        term_state[b, stock + played] += amount
        for cluster in range(int(c[CLUSTERS])):
            term_state[b, stock + cluster] *= retention
        term_state[b, chain] = 1.0 if bored else 0.0


@dataclass
class Boredom(Term):
    """A two-state Markov chain, sensitised or bored, with a stock of recent plays per cluster.

    The stock s of each cluster follows s ← γ_z (s + m), with m the amount of the play (by default the
    fraction heard) for the cluster that was played and 0 for the others, and a retention γ_z that depends on
    the state z of the chain. The utility is +pleasure·s while sensitised and −dislike·s while bored. After a
    play whose cluster had stock s, a sensitised listener turns bored with probability m (1 − exp(−onset·s)),
    and a bored one turns sensitised with probability m recovery·exp(−s), so variety ends boredom.

    Attributes:
        clusters: Number of clusters.
        sensitised_retention: γ while sensitised, in [0, 1).
        bored_retention: γ while bored, in [0, 1).
        pleasure: Utility per unit of stock while sensitised.
        dislike: Cost per unit of stock while bored.
        onset: Rate at which repetition bores, at least 0.
        recovery: Largest probability of recovering per play, in [0, 1].

    Source:
        The two states are those of Kapoor et al. 2015, who model each item of a user by a hidden semi-Markov
        chain over the gaps between its plays, with durations fitted to logs. Ours simplifies this: one chain
        per session instead of one per item, a Markov chain stepped by plays instead of gaps in time, stocks
        by cluster, and transition probabilities that are assumptions.
    """

    source: ClassVar[str] = "two states of Kapoor et al. 2015, simplified; probabilities ours"
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(
        _utility,
        _update,
        constants=(
            "sensitised_retention",
            "bored_retention",
            "pleasure",
            "dislike",
            "onset",
            "recovery",
            "clusters",
        ),
    )

    clusters: int = 8
    sensitised_retention: float = 0.6
    bored_retention: float = 0.9
    pleasure: float = 0.1
    dislike: float = 0.3
    onset: float = 0.2
    recovery: float = 0.5

    def bind(self, context: TermContext) -> None:
        """Finds the cluster of every track; the state is that of the chain, then one stock per cluster."""
        for name in ("sensitised_retention", "bored_retention"):
            if not 0 <= getattr(self, name) < 1:
                raise UserError(f"Term boredom: {name} must lie in [0, 1), but is {getattr(self, name)}.")
        if min(self.pleasure, self.dislike) < 0:
            raise UserError("Term boredom: pleasure and dislike must be 0 or more.")
        if self.onset < 0 or not 0 <= self.recovery <= 1:
            raise UserError("Term boredom: onset must be 0 or more, and recovery must lie in [0, 1].")
        self.groups = context.clusters(self.clusters, needed_by="term boredom")
        self.n_noise = 1
        self.n_state = 1 + self.clusters

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes pleasure·s while sensitised, −dislike·s while bored."""
        factor = np.where(state[:, :1] > 0, -self.dislike, self.pleasure)
        clusters = self.groups[np.take_along_axis(sessions.pool, slots, axis=1)]
        return factor * np.take_along_axis(state[:, 1:], clusters, axis=1)

    def update(self, sessions: SessionsView, play: Play, hidden: FloatArray, state: FloatArray) -> None:
        """Moves the chain, then adds the play to the stock of its cluster and lets all stocks decay."""
        cluster = self.groups[np.take_along_axis(sessions.pool, play.slots[:, None], axis=1)]
        same = np.arange(self.clusters) == cluster
        stock = np.take_along_axis(state[:, 1:], cluster, axis=1)[:, 0]
        bored = state[:, 0] > 0
        switch = np.where(bored, self.recovery * np.exp(-stock), -np.expm1(-self.onset * stock))
        bored ^= play.noise[:, 0] < play.amount * switch
        retention = np.where(bored, self.bored_retention, self.sensitised_retention)
        state[:, 1:] = retention[:, None] * (state[:, 1:] + same * play.amount[:, None])
        state[:, 0] = bored

    def grouping(self) -> Int32Array:
        """Returns the cluster of every track, (n,)."""
        return self.groups
