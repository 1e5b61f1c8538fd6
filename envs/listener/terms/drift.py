"""Drift: plays change the taste."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.compiled.draws.noise import uniform_noise
from segue.envs.listener.term import CompiledTerm, Play, Term, TermContext
from segue.envs.listener.terms.taste import taste_scale
from segue.envs.listener.view import SessionsView
from segue.features.arrays import AnyArray, FloatArray, IntArray
from segue.features.errors import UserError

RATE, SCALE = range(2)
"""Indices into the constants of the kernel."""

STEP = 0.3
"""Largest share of the way to an extreme preference, as published."""


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
    features, term_state, keys = state.features, state.term_state, state.key
    taste, rate, scale = term.target_state, term.constants[RATE], term.constants[SCALE]
    n_features = features.shape[2]
    for b in range(start, stop):
        if not outcome[b].heard:
            continue
        slot, liking = slots[b, 0], 0.0
        for f in range(n_features):
            liking += (2.0 * features[b, slot, f] - 1.0) * term_state[b, taste + f]
        draw = uniform_noise(term, shared, keys[b], outcome[b].position)
        sign = 1.0 if draw < 1.0 / (1.0 + np.exp(-2.0 * scale * liking)) else -1.0
        share = rate * sign * outcome[b].amount * STEP
        for f in range(n_features):
            x, u = 2.0 * features[b, slot, f] - 1.0, term_state[b, taste + f]
            term_state[b, taste + f] = min(max(u + share * (1.0 - abs(u)) * (x - abs(x) * u), -1.0), 1.0)


@dataclass
class Drift(Term):
    """Moves the taste u after each play, Δu = ±rate·m·0.3 (1 − |u|) · (x̃ − |x̃| u), elementwise.

    x̃ = 2x − 1 are the features of the track, centred, and m is the amount of the play, by default the
    fraction heard. The sign is + with probability 1 / (1 + e^(−2t)), where t is the (unweighted) taste for
    the track: liked tracks attract the taste, disliked ones repel it. A + raises the taste for the track that
    was heard and a − lowers it, feature by feature. The term adds no utility; it changes the state of
    `taste`.

    Attributes:
        rate: Factor on the published step size, 0 or more.

    Source:
        The interest evolution environment of RecSim (Ie et al. 2019). There a document has one topic, x is
        one-hot and serves as a mask: Δu = ±(0.3 − 0.3|u|)·x∘(x − u), with + at probability (u + 1)/2. For
        dense features of either sign the mask is |x̃| and the target of a feature is its extreme, sign(x̃):
        |x̃|·(sign(x̃) − u) = x̃ − |x̃| u, which is the published step if x̃ is one-hot. A mean of u over many
        features hardly varies, so that the probability takes the taste t, of variance 1, in place of u; near
        t = 0 it is (t + 1)/2.
    """

    source: ClassVar[str] = "RecSim interest evolution, Ie et al. 2019, for dense features"
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(update=_update, constants=("rate", "scale"))
    works_on: ClassVar[tuple[str, ...]] = ("taste",)

    rate: float = 1.0

    def bind(self, context: TermContext) -> None:
        """Requests one draw per play, for the sign."""
        if self.rate < 0:
            raise UserError(f"Term drift: rate must be 0 or more, but is {self.rate}.")
        self.n_noise = 1
        self.scale = taste_scale(context.catalog)

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Returns zeros: drift acts through the taste."""
        return np.zeros(slots.shape)

    def update(self, sessions: SessionsView, play: Play, hidden: FloatArray, state: FloatArray) -> None:
        """Moves the taste of every session where a track was heard."""
        from scipy.special import expit

        u = sessions.state_of("taste")
        x = 2.0 * sessions.features(play.slots[:, None])[:, 0].astype(np.float64) - 1.0
        attracted = play.noise[:, 0] < expit(2.0 * self.scale * (x * u).sum(axis=1))
        share = self.rate * np.where(attracted, 1.0, -1.0) * play.amount * STEP
        u[:] = np.clip(u + share[:, None] * (1.0 - np.abs(u)) * (x - np.abs(x) * u), -1.0, 1.0)
