"""Exposure: plays make a cluster familiar, and intermediate novelty is preferred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.listener.term import CompiledTerm, Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.features.arrays import FloatArray, Int32Array, IntArray
from segue.features.errors import UserError

ALPHA, BETA, PULL = range(3)
"""Indices into the constants of the kernel."""


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
    features, position, hidden = state.features, state.position, state.hidden
    groups, group_history, activations = state.groups, state.group_history, shared.curves[term.index]
    c, g, point, n_features = term.constants, term.grouping, term.hidden, features.shape[2]
    for b in range(start, stop):
        for m in range(slots.shape[1]):
            slot, activation, square = slots[b, m], 0.0, 0.0
            group = groups[b, g, slot]
            for place in range(position[b] + 1):
                same = group_history[b, g, place] == group
                activation += activations[position[b] - place] if same else 0.0
            for f in range(n_features):
                gap = features[b, slot, f] - hidden[b, point + f]
                square += gap * gap
            novelty = max(np.sqrt(square / n_features) - c[PULL] * activation, 0.0)
            out[b, m] = c[ALPHA] * novelty + c[BETA] * novelty * novelty


@njit(error_model="numpy")
def _begin(term: Any, state: StateArrays, shared: SharedArrays, b: int, uniforms: FloatArray) -> None:
    """Draws the listener's point uniformly in the feature space."""
    for f in range(uniforms.size):
        state.hidden[b, term.hidden + f] = uniforms[f]


@dataclass
class Exposure(Term):
    """Inverted U over novelty, α d' + β d'², with d' = max(d − pull·A, 0).

    d is the root mean square distance between the track and the listener's point in feature space, A the
    base-level activation of its cluster, A = Σ_j (Δt_j + c)^(−1/2) over the earlier plays j of the cluster,
    with Δt in plays.

    Attributes:
        clusters: Number of clusters that share familiarity.
        alpha: α, above 0.
        beta: β, below 0; the best novelty is −α / 2β.
        pull: Reduction of the distance per unit of activation.
        offset: c, above 0.

    Source:
        Ex2Vec (Sguerra, Tran and Hennequin 2023), with a point in feature space for the user embedding.
    """

    source: ClassVar[str] = "Ex2Vec, Sguerra, Tran and Hennequin 2023"
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(
        _utility, begin=_begin, constants=("alpha", "beta", "pull")
    )

    clusters: int = 8
    alpha: float = 4.0
    beta: float = -8.0
    pull: float = 0.1
    offset: float = 1.0

    def bind(self, context: TermContext) -> None:
        """Finds the cluster of every track."""
        if self.alpha <= 0 or self.beta >= 0 or self.offset <= 0 or self.pull < 0:
            raise UserError(
                "Term exposure: alpha and offset must be above 0, beta below 0 and pull 0 or more."
            )
        self.groups = context.catalog.clusters(self.clusters, 0)
        self.n_draws = self.n_hidden = context.catalog.matrix.shape[1]

    def activation(self, sessions: SessionsView, slots: IntArray) -> FloatArray:
        """Computes A for the cluster of each candidate, (B, M)."""
        groups = self.groups[np.take_along_axis(sessions.pool, slots, axis=1)]
        total = np.zeros(slots.shape)
        for place in range(int(sessions.position.max(initial=0)) + 1):
            past = place <= sessions.position
            same = groups == self.groups[sessions.history[:, place]][:, None]
            age = np.maximum(sessions.position + 1 - place, 0) + self.offset
            total += np.where(same & past[:, None], age[:, None] ** -0.5, 0.0)
        return total

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes α d' + β d'²."""
        gap = sessions.features(slots) - hidden[:, None, :]
        distance = np.sqrt((gap**2).sum(axis=-1) / gap.shape[-1])
        novelty = np.maximum(distance - self.pull * self.activation(sessions, slots), 0.0)
        return self.alpha * novelty + self.beta * novelty**2

    def time_curve(self, length: int) -> FloatArray:
        """Returns the activation by the age of a play."""
        return 1.0 / np.sqrt(np.arange(length + 1) + 1.0 + self.offset)

    def grouping(self) -> Int32Array:
        """Returns the cluster of every track, (n,)."""
        return self.groups
