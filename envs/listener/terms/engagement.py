"""Engagement: a latent level of the session that good plays raise and skips lower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit

from segue.envs.compiled.batch_arrays import SharedArrays, StateArrays
from segue.envs.compiled.draws.noise import normal_noise
from segue.envs.compiled.draws.normal import normal_quantile
from segue.envs.listener.term import CompiledTerm, Play, Term, TermContext
from segue.envs.listener.view import SessionsView
from segue.features.arrays import AnyArray, FloatArray, IntArray
from segue.features.errors import UserError

PERSISTENCE, GAIN, NOISE, LEVEL_SPREAD, OPENING = range(5)
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
    """Writes the same level and momentum for every candidate."""
    hidden, term_state = state.hidden, state.term_state
    for b in range(start, stop):
        for m in range(slots.shape[1]):
            out[b, m] = hidden[b, term.hidden] + term_state[b, term.state]


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
    """Lets the momentum decay and adds the effect of the response."""
    term_state, c = state.term_state, term.constants
    for b in range(start, stop):
        momentum = c[PERSISTENCE] * term_state[b, term.state] + c[GAIN] * (2.0 * outcome[b].listened - 1.0)
        if c[NOISE] > 0.0:
            momentum += c[NOISE] * normal_noise(term, shared, state.key[b], outcome[b].position)
        term_state[b, term.state] = momentum


@njit(error_model="numpy")
def _begin(term: Any, state: StateArrays, shared: SharedArrays, b: int, uniforms: FloatArray) -> None:
    """Draws the level, and starts with the opening momentum."""
    c = term.constants
    state.hidden[b, term.hidden] = c[LEVEL_SPREAD] * normal_quantile(uniforms[0])
    state.term_state[b, term.state] = c[OPENING]


@dataclass
class Engagement(Term):
    """Latent level of the session plus a momentum, level + e with e ← ρ e + gain (2·listened − 1) + noise.

    The level is normal over sessions: some listeners skip most tracks, others almost none. The momentum makes
    a skip more likely after a skip, beyond what the level explains. It starts at `opening`, because the first
    tracks of a real session are skipped less than later ones.

    Attributes:
        level_spread: Standard deviation of the level.
        persistence: ρ in [0, 1).
        gain: Increase of the momentum after a track heard to its end, and decrease after an immediate skip.
        noise: Standard deviation of the noise on the momentum.
        opening: Momentum before the first track.

    Source:
        Form ours, fitted to public aggregates of real skip logs (Brost et al. 2019): long runs of skips
        and of completed tracks rule out a first-order Markov listener.
    """

    normal_noise: ClassVar[bool] = True
    source: ClassVar[str] = "ours, for the skip logs of Brost et al. 2019"
    compiled: ClassVar[CompiledTerm | None] = CompiledTerm(
        _utility, _update, _begin, ("persistence", "gain", "noise", "level_spread", "opening")
    )

    level_spread: float = 0.5
    persistence: float = 0.8
    gain: float = 0.1
    noise: float = 0.0
    opening: float = 0.0

    def bind(self, context: TermContext) -> None:
        """Requests one draw for the level and, if the momentum is noisy, one per play."""
        if not 0 <= self.persistence < 1:
            raise UserError(f"Term engagement: persistence must lie in [0, 1), but is {self.persistence}.")
        if min(self.level_spread, self.noise) < 0:
            raise UserError("Term engagement: level_spread and noise must be 0 or more.")
        self.n_draws = self.n_hidden = self.n_state = 1
        self.n_noise = int(self.noise > 0)

    def utility(
        self, sessions: SessionsView, slots: IntArray, hidden: FloatArray, state: FloatArray
    ) -> FloatArray:
        """Returns the same level plus momentum for every candidate."""
        return np.broadcast_to(hidden + state, slots.shape).copy()

    def update(self, sessions: SessionsView, play: Play, hidden: FloatArray, state: FloatArray) -> None:
        """Lets the momentum decay and adds the effect of the response."""
        state[:] = self.persistence * state + self.gain * (2.0 * play.listened[:, None] - 1.0)
        if self.n_noise:
            state += self.noise * play.noise
