"""Drift: plays change the taste."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.compiled.noise import uniform_noise
from segue.envs.listener.term import CompiledTerm, Play, Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.features.arrays import AnyArray, FloatArray, IntArray

RATE = 0
"""Index into the constants of the kernel."""


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
    """Moves the taste toward or away from what was heard."""
    features, term_state = state.features, state.term_state
    taste, rate, n_features = term.target_state, term.constants[RATE], features.shape[2]
    for b in range(start, stop):
        if not outcome[b].heard:
            continue
        slot, likes = slots[b, 0], 0.0
        for f in range(n_features):
            likes += (2.0 * features[b, slot, f] - 1.0) * term_state[b, taste + f]
        draw = uniform_noise(term, shared, state.key[b], outcome[b].position)
        sign = 1.0 if draw < (likes / n_features + 1.0) / 2.0 else -1.0
        for f in range(n_features):
            centred, u = 2.0 * features[b, slot, f] - 1.0, term_state[b, taste + f]
            step = (0.3 - 0.3 * abs(u)) * centred * (centred - u)
            term_state[b, taste + f] = min(max(u + rate * sign * step, -1.0), 1.0)


@dataclass
class Drift(Term):
    """Moves the taste after each play, Δu = ±rate (0.3 − 0.3|u|) · x̃ ∘ (x̃ − u), with x̃ = 2x − 1.

    The sign is + with probability (x̃·u/F + 1)/2: liked tracks attract the taste, disliked tracks repel
    it. The term adds no utility; it changes the state of `taste`.

    Attributes:
        rate: Factor on the published step size.

    Source:
        The interest evolution environment of RecSim (Ie et al. 2019), whose topic vectors are here features
        centred to [−1, 1].
    """

    source: ClassVar[str] = "RecSim interest evolution, Ie et al. 2019"
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(update=_update, constants=("rate",))
    works_on: ClassVar[tuple[str, ...]] = ("taste",)

    rate: float = 1.0

    def bind(self, context: TermContext) -> None:
        """Requests one draw per play, for the sign."""
        self.n_noise = 1

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Returns zeros: drift acts through the taste."""
        return np.zeros(slots.shape)

    def update(self, sessions: SessionsView, play: Play, hidden: FloatArray, state: FloatArray) -> None:
        """Moves the taste of every session where a track was heard."""
        taste = sessions.state_of("taste")
        centred = 2.0 * sessions.features(play.slots[:, None])[:, 0].astype(np.float64) - 1.0
        likes = ((centred * taste).mean(axis=1) + 1.0) / 2.0
        sign = np.where(play.noise[:, 0] < likes, 1.0, -1.0) * play.heard
        step = (0.3 - 0.3 * np.abs(taste)) * centred * (centred - taste)
        taste[:] = np.clip(taste + self.rate * sign[:, None] * step, -1.0, 1.0)
