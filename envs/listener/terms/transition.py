"""Transitions: what this listener feels about the step into a track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from segue.envs.listener.term import Term, TermContext
from segue.features.arrays import FloatArray, IntArray
from segue.features.catalog.transitions import transition_distance, transition_features
from segue.features.errors import UserError

if TYPE_CHECKING:
    from segue.envs.core.session import Sessions


@dataclass
class Transition(Term):
    """Cost of rough steps from the last tracks, −Σ_{i=1..memory} i⁻² Σ_f w_f d_f(a_{k−i}, a_k).

    d_f is the roughness of transition feature f in [0, 1] (0 is no step at all); the weights w of a
    listener are exponential draws divided by their sum, so that listeners mind different things. The same
    artist twice is no roughness, so its weight is 0.

    Attributes:
        memory: How many earlier tracks still count, at least 1.

    Source:
        The memory Σ i⁻² is that of DJ-MC (Liebman et al. 2015); the additive cost over features that of
        Bittner et al. 2017.
    """

    source: ClassVar[str] = "memory 1/i²: Liebman et al. 2015; additive cost: Bittner et al. 2017"

    memory: int = 3

    def bind(self, context: TermContext) -> None:
        """Takes one weight for each transition feature."""
        if self.memory < 1:
            raise UserError(f"Term transition: memory must be 1 or more, but is {self.memory}.")
        names = context.catalog.transition_names
        self.n_draws = self.n_hidden = len(names)
        self._counts = np.array([name != "same_artist" for name in names], dtype=np.float64)

    def draw(self, uniforms: FloatArray) -> FloatArray:
        """Draws weights that sum to 1."""
        exponential = -np.log1p(-uniforms) * self._counts
        return exponential / (exponential.sum(axis=1, keepdims=True) + 1e-12)

    def utility(
        self, sessions: Sessions, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Computes the weighted roughness of the steps from the last tracks, negated."""
        boundary_features = sessions.boundary_features(slots)
        total = np.zeros(slots.shape)
        for steps_back in range(1, self.memory + 1):
            earlier, known = sessions.earlier(steps_back)
            rough = transition_distance(transition_features(earlier[:, None, :], boundary_features))
            cost = (hidden[:, None, :] * rough).sum(axis=-1)
            total -= np.where(known[:, None], cost, 0.0) / steps_back**2
        return total
