"""Exposure: plays make a cluster familiar, and intermediate novelty is preferred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.listener.term import CompiledTerm, Play, Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.features.arrays import AnyArray, FloatArray, Int32Array, IntArray
from segue.features.errors import UserError

BEST, WIDTH, PULL, CLUSTERS = range(4)
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
    """Writes the inverted U of the novelty that remains after exposure to the group."""
    features, position, hidden, amounts = state.features, state.position, state.hidden, state.term_state
    groups, group_history, by_age = state.groups, state.group_history, shared.curves[term.index]
    c, g, point, n_features = term.constants, term.grouping, term.hidden, features.shape[2]
    activation = np.zeros(int(c[CLUSTERS]))
    for b in range(start, stop):
        for group in range(activation.size):
            activation[group] = 0.0
        for place in range(position[b] + 1):
            amount = amounts[b, term.state + place]
            activation[group_history[b, g, place]] += amount * by_age[position[b] - place]
        for m in range(slots.shape[1]):
            slot, square = slots[b, m], 0.0
            for f in range(n_features):
                gap = features[b, slot, f] - hidden[b, point + f]
                square += gap * gap
            pulled = c[PULL] * activation[groups[b, g, slot]]
            z = (max(np.sqrt(square / n_features) - pulled, 0.0) - c[BEST]) / c[WIDTH]
            out[b, m] = -(z * z)


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
    """Notes the amount of the play at its place in the history."""
    term_state = state.term_state
    for b in range(start, stop):
        term_state[b, term.state + outcome[b].position + 1] = outcome[b].amount


@njit(error_model="numpy")
def _begin(term: Any, state: StateArrays, shared: SharedArrays, b: int, uniforms: FloatArray) -> None:
    """Draws the listener's point uniformly in the feature space; the start track was heard in full."""
    for f in range(uniforms.size):
        state.hidden[b, term.hidden + f] = uniforms[f]
    state.term_state[b, term.state] = 1.0


@dataclass
class Exposure(Term):
    """Inverted U over novelty, −((d' − best) / width)², with d' = max(d − pull·A, 0).

    d is the root mean square distance between the track and the listener's point in feature space, which is
    uniform in [0, 1] per feature. A is the base-level activation of the track's cluster,
    A = Σ_j m_j (Δt_j + c)^(−1/2) over the earlier plays j of the cluster, with Δt in plays and m the amount
    of a play, by default the fraction heard. The track before the session counts as heard in full.

    Distances of tracks with near uniform features lie around 0.4 with a standard deviation of 0.07, and a
    cluster heard often moves some 0.1 closer: with the defaults, candidates lie on both sides of the best
    novelty.

    Attributes:
        clusters: Number of clusters that share familiarity.
        best: Novelty with the highest utility, above 0.
        width: Distance from the best novelty at which the utility has fallen by 1, above 0.
        pull: Reduction of the distance per unit of activation.
        offset: c, above 0.

    Source:
        Ex2Vec (Sguerra, Tran and Hennequin 2023), whose interest in a track is
        σ(α d' + β d'² + γ + user bias + item bias): here α = 2 best / width² and β = −1 / width². Left out
        are σ, because the response turns utility into listening, and γ and the biases, for which the listener
        has its own bias. Distances are taken between features instead of learned embeddings, a cluster shares
        its familiarity, time counts plays instead of hours, and `pull` is the same for all listeners.
    """

    source: ClassVar[str] = "Ex2Vec, Sguerra, Tran and Hennequin 2023"
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(
        _utility, _update, _begin, ("best", "width", "pull", "clusters")
    )

    clusters: int = 8
    best: float = 0.35
    width: float = 0.1
    pull: float = 0.1
    offset: float = 1.0

    def bind(self, context: TermContext) -> None:
        """Finds the cluster of every track; the state holds the amounts of the plays, the start first."""
        if min(self.best, self.width, self.offset) <= 0 or self.pull < 0:
            raise UserError("Term exposure: best, width and offset must be above 0, and pull 0 or more.")
        self.groups = context.clusters(self.clusters, needed_by="term exposure")
        self.n_draws = self.n_hidden = context.catalog.matrix.shape[1]
        self.n_state = context.length + 1

    def novelty(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes d' of each candidate, (B, M)."""
        gap = sessions.features(slots) - hidden[:, None, :]
        distance = np.sqrt((gap**2).sum(axis=-1) / gap.shape[-1])
        novelty: FloatArray = np.maximum(distance - self.pull * self._activation(sessions, slots, state), 0.0)
        return novelty

    def _activation(self, sessions: SessionsView, slots: IntArray, amounts: FloatArray) -> FloatArray:
        """Computes A for the cluster of each candidate, (B, M)."""
        groups = self.groups[np.take_along_axis(sessions.pool, slots, axis=1)]
        total = np.zeros(slots.shape)
        for place in range(int(sessions.position.max(initial=0)) + 1):
            past = place <= sessions.position
            same = groups == self.groups[sessions.history[:, place]][:, None]
            age = np.maximum(sessions.position + 1 - place, 0) + self.offset
            total += np.where(same & past[:, None], (amounts[:, place] * age**-0.5)[:, None], 0.0)
        return total

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes −((d' − best) / width)²."""
        z = (self.novelty(sessions, slots, hidden, state) - self.best) / self.width
        return -(z * z)

    def update(self, sessions: SessionsView, play: Play, hidden: FloatArray, state: FloatArray) -> None:
        """Notes the amount of the play at its place in the history."""
        place = np.minimum(sessions.position, self.n_state - 2) + 1
        state[np.arange(len(state)), place] = play.amount

    def time_curve(self, length: int) -> FloatArray:
        """Returns the activation by the age of a play."""
        return 1.0 / np.sqrt(np.arange(length + 1) + 1.0 + self.offset)

    def grouping(self) -> Int32Array:
        """Returns the cluster of every track, (n,)."""
        return self.groups
