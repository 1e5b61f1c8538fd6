"""Exposure: the unfamiliar grows familiar, and a middling novelty pleases most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from segue.envs.listener.term import Term, TermContext
from segue.features.arrays import FloatArray, IntArray
from segue.features.errors import UserError

if TYPE_CHECKING:
    from segue.envs.core.session import Sessions


@dataclass
class Exposure(Term):
    """Inverted U over novelty, α d' + β d'², with d' = max(d − pull·A, 0).

    d is the root mean square distance of the track from the listener's own point in feature space, A the
    base-level activation of its cluster, A = Σ_j (Δt_j + c)^(−1/2) over the earlier plays j of the cluster,
    with Δt in plays.

    Attributes:
        clusters: Number of clusters over which familiarity spreads.
        alpha: α, above 0.
        beta: β, below 0; the best novelty is −α / 2β.
        pull: How far a unit of activation brings a track nearer.
        offset: c, above 0.

    Source:
        Ex2Vec (Tran et al. 2023), with the user's embedding replaced by a point in feature space.
    """

    source: ClassVar[str] = "Ex2Vec, Tran et al. 2023"

    clusters: int = 8
    alpha: float = 4.0
    beta: float = -8.0
    pull: float = 0.1
    offset: float = 1.0

    def bind(self, context: TermContext) -> None:
        """Finds the cluster of every track."""
        if self.alpha <= 0 or self.beta >= 0 or self.offset <= 0 or self.pull < 0:
            raise UserError("Term exposure: alpha and offset must be above 0, beta below 0, pull 0 or more.")
        self.groups = context.catalog.clusters(self.clusters, 0)
        self.n_draws = self.n_hidden = context.catalog.matrix.shape[1]

    def activation(self, sessions: Sessions, slots: IntArray) -> FloatArray:
        """Computes A for the cluster of each candidate, (B, M)."""
        groups = self.groups[np.take_along_axis(sessions.pool, slots, axis=1)]
        total = np.zeros(slots.shape)
        for place in range(int(sessions.position.max(initial=0)) + 1):
            past = place <= sessions.position
            same = groups == self.groups[sessions.state.history[:, place]][:, None]
            age = np.maximum(sessions.position + 1 - place, 0) + self.offset
            total += np.where(same & past[:, None], age[:, None] ** -0.5, 0.0)
        return total

    def utility(
        self, sessions: Sessions, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes α d' + β d'²."""
        gap = sessions.features(slots) - hidden[:, None, :]
        distance = np.sqrt((gap**2).sum(axis=-1) / gap.shape[-1])
        novelty = np.maximum(distance - self.pull * self.activation(sessions, slots), 0.0)
        return self.alpha * novelty + self.beta * novelty**2
